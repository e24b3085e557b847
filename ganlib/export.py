"""Exports a generator as ONNX, for onnxruntime on a server, a phone or in a browser (`pip install onnx onnxscript`).

python -m ganlib.export checkpoints/mnist                      # checkpoints/mnist/onnx/001440000.onnx, the last snapshot
python -m ganlib.export checkpoints/mnist --epoch all          # every snapshot; --out DIR writes them elsewhere
python -m ganlib.export checkpoints/mnist --outline            # checkpoints/mnist/onnx/outline.onnx, for the page

Inputs `z`, float32 (N, latent_dim), and, for a run with classes, `labels`, int64 (N,); output `images`, float32
(N, channels, height, width) in [-1, 1]; the last of four channels is alpha, by which the colour is not multiplied. Weights are
stored as in the snapshot, matrices as float16, and multiplied as float32.

Further inputs, which may be left out, are `scale.stem`, `scale.stages.1` and so on: what the units of a stage are multiplied by
(`ganlib/networks/units.py`), float32 (1, units, 1, 1), or at each place (1, units, height, width); (1, units) where units are
numbers. They are ones by default. In the outline they have no default, since onnxruntime-web can't set inputs with one.

All snapshots of a run share one graph, and a snapshot's safetensors file stores the weights in ONNX's byte layout. The outline
is the graph alone, a few thousand bytes, with weights as external data at offsets in such a file: with it a page runs every
snapshot without a second copy.
"""

if __name__ == "__main__":
    from ganlib import interrupts

    interrupts.end_at_once()  # on Ctrl-C during the imports below

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

from ganlib import UserError, files
from ganlib.cli import epoch_or, options_of, run_command
from ganlib.networks import Generator
from ganlib.networks.units import Stage, scaled, stages
from ganlib.runs.run import Run, Snapshot
from ganlib.scoring import chosen_snapshots

WEIGHTS = "weights"  # location of the external data in the outline
SCALE = "scale."  # prefix of the inputs that scale units
GENERATOR = "generator."  # prefix of the weights' names in `_Scaled`
OPSET = 20


def main(arguments: list[str] | None = None) -> None:
    options = options_of(_parser(), arguments)
    run = Run.open(options.run)
    graph = outline(run)
    folder = options.out or run.path / "onnx"
    if options.outline:
        contents = {"outline": graph.SerializeToString()}
    else:
        contents = {each.path.stem: whole(graph, each) for each in chosen_snapshots(run, options.epoch)}
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
    onnx = _onnx()
    model = _traced(run.generator())
    stored = _tensors(run.snapshot().path)
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


def whole(outline: Any, snapshot: Snapshot) -> bytes:
    """Returns the outline with a snapshot's weights embedded, as a self-contained ONNX file."""
    model = type(outline).FromString(outline.SerializeToString())
    data = _split(snapshot.path)[1]
    for tensor in model.graph.initializer:
        place = {entry.key: entry.value for entry in tensor.external_data}
        if place:
            begin = int(place["offset"])
            tensor.raw_data = data[begin : begin + int(place["length"])]
            tensor.ClearField("external_data")
            tensor.ClearField("data_location")
    model.graph.initializer.extend(_ones(each) for each in model.graph.input if each.name.startswith(SCALE))
    return model.SerializeToString()


def _ones(given: Any) -> Any:
    """Returns the default of an input of scales."""
    numpy_helper = _onnx().numpy_helper
    sides = [side.dim_value or 1 for side in given.type.tensor_type.shape.dim]
    return numpy_helper.from_array(np.ones(sides, np.float32), given.name)


class _Scaled(nn.Module):
    """A generator with a further input: a scale for each of its stages."""

    def __init__(self, generator: Generator):
        super().__init__()
        self.generator, self.stages = generator, stages(generator)

    def forward(self, z: Tensor, labels: Tensor | None, scales: tuple[Tensor, ...]) -> Tensor:
        with scaled(self.generator, dict(zip(self.stages, scales, strict=True))):
            return self.generator(z, labels)


def _traced(generator: Generator) -> Any:
    """Exports the generator with torch's exporter, unoptimised, for any number of latents."""
    model, num = _Scaled(generator).eval(), torch.export.Dim("N")
    z, labels = torch.zeros(2, generator.latent_dim), torch.zeros(2, dtype=torch.int64) if generator.num_classes else None
    scales = tuple(torch.ones(1, stage.units, *(1 for _ in stage.sides)) for stage in model.stages)
    shapes: tuple[Any, ...] = {0: num}, None if labels is None else {0: num}, tuple({} for _ in scales)
    names = ["z", *([] if labels is None else ["labels"]), *(f"{SCALE}{stage.name}" for stage in model.stages)]
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            model, (z, labels, scales), dynamo=True, dynamic_shapes=shapes, input_names=names,
            output_names=["images"], opset_version=OPSET, optimize=False, verbose=False,
        )  # fmt: skip
    assert program is not None  # always, with dynamo=True and no file
    proto = program.model_proto
    for part in (*proto.graph.node, *proto.graph.input, *proto.graph.output, proto.graph):
        part.ClearField("metadata_props")  # source locations: most of the size, and not needed
    proto.graph.ClearField("value_info")
    _name_as_snapshots(proto.graph)
    _let_scale_places(proto.graph, model.stages)
    return proto


def _name_as_snapshots(graph: Any) -> None:
    """Gives weights their names in a snapshot: without that of the generator in `_Scaled`."""
    for tensor in graph.initializer:
        tensor.name = tensor.name.removeprefix(GENERATOR)
    for node in graph.node:
        node.input[:] = [name.removeprefix(GENERATOR) for name in node.input]


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
    parser.add_argument("--out", type=Path, metavar="DIR", help="output folder (default: onnx in the run's folder)")
    return parser


if __name__ == "__main__":
    run_command(main)
