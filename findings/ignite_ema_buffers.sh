#!/usr/bin/env bash
# PyTorch-Ignite 0.5.5, EMAHandler with its default `handle_buffers="copy"`, documented as "copying the buffers of the online
# model": the averaged generator's buffers become the very tensors of the trained one. Its pictures change as the other trains on,
# without an update; and to measure its batch norms' statistics anew, as one does before drawing, overwrites those of the
# generator in training. Expected: a copy, as of PyTorch's own AveragedModel.
#
# Needs some 6 GB of room for PyTorch.
#
# Seen, of generators with batch norm that are averaged once and then left alone:
#   ignite: shared; averaged picture moved by 1.17, trained statistics by 5.11
#   pytorch: not shared; averaged picture moved by 0.00, trained statistics by 0.00
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check pytorch-ignite==0.5.5 torch==2.14.1 numpy==2.4.6
"$place/venv/bin/python" -W ignore - <<'PY'
import torch
from ignite.engine import Engine
from ignite.handlers import EMAHandler
from torch import nn
from torch.optim.swa_utils import AveragedModel

latents = torch.randn(16, 8, generator=torch.Generator().manual_seed(1))


def batch_norm(network):
    return next(module for module in network.modules() if isinstance(module, nn.BatchNorm1d))


def ignite(network):
    handler = EMAHandler(network, momentum=0.1)
    trainer = Engine(lambda engine, z: network(z))
    handler.attach(trainer)
    trainer.run([torch.randn(64, 8)])
    return handler.ema_model


def pytorch(network):
    averaged = AveragedModel(network)
    network(torch.randn(64, 8))
    averaged.update_parameters(network)
    return averaged.eval()


def changes(average):
    """Whether the buffers are shared, how far the averaged picture moves, how far the trained one's statistics do."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(8, 8), nn.BatchNorm1d(8), nn.Tanh())
    averaged = average(network)
    shared = batch_norm(averaged).running_mean.data_ptr() == batch_norm(network).running_mean.data_ptr()
    with torch.no_grad():
        before = averaged(latents)
        for _ in range(10):
            network(torch.randn(64, 8) + 2)
        moved = float((averaged(latents) - before).abs().max())
        statistics = batch_norm(network).running_mean.clone()
        averaged.train()
        for _ in range(100):
            averaged(torch.randn(64, 8) - 5)
    return shared, moved, float((batch_norm(network).running_mean - statistics).abs().max())


seen = {average.__name__: changes(average) for average in (ignite, pytorch)}
for name, (shared, moved, changed) in seen.items():
    print(f"{name}: {'' if shared else 'not '}shared; averaged picture moved by {moved:.2f}, trained statistics by {changed:.2f}")
assert seen["pytorch"] == (False, 0, 0), "the right side has changed"
shared, moved, changed = seen["ignite"]
assert shared and moved > 0.05 and changed > 1, "this has changed"
PY
