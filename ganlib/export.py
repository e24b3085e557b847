"""Exports a run's networks as ONNX, for onnxruntime on a server, a phone or in a browser (`pip install onnx onnxscript`).

python -m ganlib.export checkpoints/mnist                      # checkpoints/mnist/onnx/001440000.onnx, the last snapshot
python -m ganlib.export checkpoints/mnist --epoch all          # every snapshot; --out DIR writes them elsewhere
python -m ganlib.export checkpoints/mnist --outline            # checkpoints/mnist/onnx/outline.onnx, for the page
python -m ganlib.export checkpoints/mnist --discriminator      # checkpoints/mnist/onnx/discriminator.onnx, the same of D

A generator's inputs are `z`, float32 (N, latent_dim), and, for a run with classes, `labels`, int64 (N,); output `images`,
float32 (N, channels, height, width) in [-1, 1]; the last of four channels is alpha, by which the colour is not multiplied.
Weights are stored as in the snapshot, matrices as float16, and multiplied as float32.

Further inputs, which may be left out, are `scale.stem`, `scale.stages.1` and so on: what the units of a stage are multiplied by
(`ganlib/networks/units.py`), float32 (1, units, 1, 1), or at each place (1, units, height, width); (1, units) where units are
numbers. They are ones by default. Of a generator whose stages take styles (`ganlib/networks/family.py`) there are also `mix.z`,
float32 (1, latent_dim), and `mix.labels`, int64 (1,), a second latent, and `mix.amounts`, float32 (stages,), how much of its
style each stage takes: from 0, the default, to 1. In the outline no input has a default, since onnxruntime-web can't set one
that has.

All snapshots of a run share one graph, and a snapshot's safetensors file stores the weights in ONNX's byte layout. The outline
is the graph alone, a few thousand bytes, with weights as external data at offsets in such a file: with it a page runs every
snapshot without a second copy.

The discriminator's outline has inputs `images`, float32 (N, channels, height, width) in [-1, 1], and `labels` as above; output
`logits`, float32 (N,). Its weights are in discriminator.safetensors.
"""

if __name__ == "__main__":
    from ganlib import imports

    imports.begin()

import argparse
import json
import logging
import struct
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ganlib import UserError, files, sizes
from ganlib.cli import epoch_or, options_of, run_command
from ganlib.networks import Discriminator, Generator
from ganlib.networks.family import MixingGenerator
from ganlib.networks.units import Stage, scaled, stages
from ganlib.objectives.transparency import premultiplied
from ganlib.runs.run import Run
from ganlib.scoring import chosen_snapshots

WEIGHTS = "weights"  # location of the external data in the outline
SCALE = "scale."  # prefix of the inputs that scale units
MIX = "mix."  # of those that mix styles
NETWORK = "network."  # prefix of the weights' names in `_Bent` and `_Judge`
OPSET = 20


def main(arguments: list[str] | None = None) -> None:
    options = options_of(_parser(), arguments)
    run = Run.open(options.run)
    folder = options.out or run.path / "onnx"
    if options.discriminator:
        contents = {"discriminator": discriminator_outline(run).SerializeToString()}
    elif options.outline:
        contents = {"outline": outline(run).SerializeToString()}
    else:
        graph = outline(run)
        contents = {each.path.stem: whole(graph, each.path) for each in chosen_snapshots(run, options.epoch)}
    for name, content in contents.items():
        path = folder / f"{name}.onnx"
        try:
            files.write(path, content)
        except OSError as error:
            raise UserError(f"{path} can't be written ({error.strerror}); choose another --out.") from error
        print(f"{path}: {len(content):,} bytes")


def outline(run: Run) -> Any:
    """Exports the graph of the run's generator, an onnx.ModelProto with external weights: offsets in `weights`, the data of a
    snapshot (its file without the header). Raises UserError without onnx and onnxscript."""
    return _with_offsets_in(run.snapshot().path, _traced_generator(run.generator()))


def discriminator_outline(run: Run) -> Any:
    """Exports the graph of the run's last discriminator, with weights in its file, as `outline` does.

    Raises UserError for a run without one.
    """
    if not run.has_discriminator():
        raise UserError(f"{run.path} has no discriminator; choose a run that has discriminator.safetensors.")
    return _with_offsets_in(run.discriminator_path, _traced_discriminator(run.discriminator()))


def _with_offsets_in(path: Path, model: Any) -> Any:
    """Replaces the weights in an onnx.ModelProto by offsets in a safetensors file, where it has them."""
    onnx = _onnx()
    stored = _tensors(path)
    used = {name for node in model.graph.node for name in node.input}
    weights, casts = [], []
    for tensor in [tensor for tensor in model.graph.initializer if tensor.name in used]:
        if tensor.name in stored:
            kind, begin, end = stored[tensor.name]
            name = tensor.name if kind == tensor.data_type else f"{tensor.name}.stored"
            if name != tensor.name:
                casts.append(onnx.helper.make_node("Cast", [name], [tensor.name], to=tensor.data_type))
            tensor = onnx.TensorProto(name=name, data_type=kind, dims=tensor.dims, data_location=onnx.TensorProto.EXTERNAL)
            for key, value in (("location", WEIGHTS), ("offset", begin), ("length", end - begin)):
                tensor.external_data.add(key=key, value=str(value))
        weights.append(tensor)
    nodes = [*casts, *model.graph.node]
    for field, items in (("initializer", weights), ("node", nodes)):
        model.graph.ClearField(field)
        getattr(model.graph, field).extend(items)
    return model


def whole(outline: Any, path: Path) -> bytes:
    """Returns an outline with the weights in a safetensors file embedded, those of a snapshot or a discriminator, as a
    self-contained ONNX file."""
    model = type(outline).FromString(outline.SerializeToString())
    data = _split(path)[1]
    for tensor in model.graph.initializer:
        place = {entry.key: entry.value for entry in tensor.external_data}
        if place:
            begin = int(place["offset"])
            tensor.raw_data = data[begin : begin + int(place["length"])]
            tensor.ClearField("external_data")
            tensor.ClearField("data_location")
    model.graph.initializer.extend(_default(each) for each in model.graph.input if each.name.startswith((SCALE, MIX)))
    return model.SerializeToString()


def _default(given: Any) -> Any:
    """Returns the default of an input that scales units, ones, or mixes styles, zeros."""
    onnx = _onnx()
    kind = given.type.tensor_type
    sides = [side.dim_value or 1 for side in kind.shape.dim]
    fill = np.ones if given.name.startswith(SCALE) else np.zeros
    return onnx.numpy_helper.from_array(fill(sides, onnx.helper.tensor_dtype_to_np_dtype(kind.elem_type)), given.name)


class _Bent(nn.Module):
    """A generator with further inputs: a scale for each of its stages, and, if it can mix, a second latent and its amounts."""

    def __init__(self, generator: Generator):
        super().__init__()
        self.network, self.stages = generator, stages(generator)

    def forward(self, z: Tensor, labels: Tensor | None, scales: tuple[Tensor, ...], mix: tuple[Tensor, ...] | None) -> Tensor:
        with scaled(self.network, dict(zip(self.stages, scales, strict=True))):
            if mix is None or not isinstance(self.network, MixingGenerator):
                return self.network(z, labels)
            other, other_labels, amounts = mix if len(mix) > 2 else (mix[0], None, mix[1])
            return self.network.mixed(z, labels, other, other_labels, amounts)


class _Judge(nn.Module):
    """A discriminator of straight colour."""

    def __init__(self, discriminator: Discriminator):
        super().__init__()
        self.network = discriminator

    def forward(self, images: Tensor, labels: Tensor | None) -> Tensor:
        return self.network(premultiplied(images), labels)


def _traced_generator(generator: Generator) -> Any:
    model, labels = _Bent(generator).eval(), _some_labels(generator)
    scales = {f"{SCALE}{stage.name}": torch.ones(1, stage.units, *(1 for _ in stage.sides)) for stage in model.stages}
    mix = _no_mix(generator)
    names = ["z", *([] if labels is None else ["labels"]), *scales, *mix]
    inputs = torch.zeros(2, generator.latent_dim), labels, tuple(scales.values()), tuple(mix.values()) or None
    proto = _traced(model, inputs, names, "images")
    _let_scale_places(proto.graph, model.stages)
    return proto


def _no_mix(generator: Generator) -> dict[str, Tensor]:
    """Returns the inputs that mix styles, by name, for a second latent of which nothing is taken; none for a generator that
    has no styles."""
    if not isinstance(generator, MixingGenerator):
        return {}
    labels = {f"{MIX}labels": torch.zeros(1, dtype=torch.int64)} if generator.num_classes else {}
    return {f"{MIX}z": torch.zeros(1, generator.latent_dim), **labels, f"{MIX}amounts": torch.zeros(len(generator.sides))}


def _traced_discriminator(discriminator: Discriminator) -> Any:
    labels = _some_labels(discriminator)
    images = torch.zeros(2, discriminator.channels, *sizes.height_width(discriminator.image_size))
    return _traced(
        _Judge(discriminator).eval(), (images, labels), ["images", *([] if labels is None else ["labels"])], "logits"
    )


def _some_labels(network: Generator | Discriminator) -> Tensor | None:
    return torch.zeros(2, dtype=torch.int64) if network.num_classes else None


def _traced(model: nn.Module, inputs: tuple[Any, ...], names: list[str], output: str) -> Any:
    """Exports a model with torch's exporter, unoptimised, for any number N of the first input and of labels; of the
    others, which are in tuples, for one of each."""
    _onnx()
    num = torch.export.Dim("N")
    shapes = tuple(
        None if given is None else {0: num} if isinstance(given, Tensor) else tuple({} for _ in given) for given in inputs
    )
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            model, inputs, dynamo=True, dynamic_shapes=shapes, input_names=names,
            output_names=[output], opset_version=OPSET, optimize=False, verbose=False,
        )  # fmt: skip
    assert program is not None  # always, with dynamo=True and no file
    proto = program.model_proto
    for part in (*proto.graph.node, *proto.graph.input, *proto.graph.output, proto.graph):
        part.ClearField("metadata_props")  # source locations: most of the size, and not needed
    proto.graph.ClearField("value_info")
    _name_as_stored(proto.graph)
    return proto


def _name_as_stored(graph: Any) -> None:
    """Gives weights their names in a file: without that of the network in its wrapper."""
    for tensor in graph.initializer:
        tensor.name = tensor.name.removeprefix(NETWORK)
    for node in graph.node:
        node.input[:] = [name.removeprefix(NETWORK) for name in node.input]


def _let_scale_places(graph: Any, stages: Sequence[Stage]) -> None:
    """Declares the scales of maps as of any height and width: those that were traced, 1, or those of the maps."""
    described = {f"{SCALE}{stage.name}": stage for stage in stages if stage.sides}
    for given in graph.input:
        if given.name in described:
            for axis, side in zip(given.type.tensor_type.shape.dim[2:], ("height", "width"), strict=True):
                axis.dim_param = f"{given.name}.{side}"


def _tensors(path: Path) -> dict[str, tuple[int, int, int]]:
    """Returns the ONNX type and the begin and end in the data of each tensor in a snapshot that ONNX stores alike."""
    onnx = _onnx()
    kinds = {"F16": onnx.TensorProto.FLOAT16, "F32": onnx.TensorProto.FLOAT}
    header = json.loads(_split(path)[0])
    header.pop("__metadata__", None)
    return {name: (kinds[about["dtype"]], *about["data_offsets"]) for name, about in header.items() if about["dtype"] in kinds}


def _split(path: Path) -> tuple[bytes, bytes]:
    """Returns header and data of a safetensors file after checking it. Raises DamagedFile."""
    files.read_tensors(path)
    content = path.read_bytes()
    end = 8 + struct.unpack("<Q", content[:8])[0]
    return content[8:end], content[end:]


def _onnx() -> Any:
    try:
        import onnx
        import onnxscript  # noqa: F401 - torch's exporter needs it
    except ImportError as error:
        raise UserError(f"Exporting needs two packages; install them with pip install onnx onnxscript ({error}).") from error
    return onnx


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ganlib.export", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path, help="a run's folder")
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--epoch", type=epoch_or("all", "best"), help="the snapshot nearest to this epoch | all | best (default: the last)"
    )
    what.add_argument("--outline", action="store_true", help="the graph alone, for use with the weights of any snapshot")
    what.add_argument(
        "--discriminator", action="store_true", help="the graph of D alone, for use with discriminator.safetensors"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="output folder (default: onnx in the run's folder)")
    return parser


if __name__ == "__main__":
    run_command(main)
