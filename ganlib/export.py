"""Exports a generator as ONNX, for onnxruntime on a server, a phone or in a browser (`pip install onnx onnxscript`).

python -m ganlib.export checkpoints/mnist                      # checkpoints/mnist/onnx/001440000.onnx, the last snapshot
python -m ganlib.export checkpoints/mnist --epoch all          # every snapshot; --out DIR writes them elsewhere
python -m ganlib.export checkpoints/mnist --outline            # checkpoints/mnist/onnx/outline.onnx, for the page

Inputs `z`, float32 (N, latent_dim), and, for a run with classes, `labels`, int64 (N,); output `images`, float32
(N, channels, height, width) in [-1, 1]; the last of four channels is alpha, by which the colour is not multiplied. Weights are
stored as in the snapshot, matrices as float16, and multiplied as float32.

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
from pathlib import Path
from typing import Any

import torch

from ganlib import UserError, files
from ganlib.cli import epoch_or, options_of, run_command
from ganlib.runs.run import Run, Snapshot
from ganlib.scoring import chosen_snapshots

WEIGHTS = "weights"  # location of the external data in the outline
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
    model = _traced(run)
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
    return model.SerializeToString()


def _traced(run: Run) -> Any:
    """Exports the generator with torch's exporter, unoptimised, for any number of latents."""
    generator, config = run.generator(), run.config
    inputs = [torch.zeros(2, config.recipe.latent_dim)]
    if config.num_classes:
        inputs.append(torch.zeros(2, dtype=torch.int64))
    shapes = tuple({0: torch.export.Dim("N")} for _ in inputs)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            generator, tuple(inputs), dynamo=True, dynamic_shapes=shapes, input_names=["z", "labels"][: len(inputs)],
            output_names=["images"], opset_version=OPSET, optimize=False, verbose=False,
        )  # fmt: skip
    assert program is not None  # always, with dynamo=True and no file
    model = program.model_proto
    for part in (*model.graph.node, *model.graph.input, *model.graph.output, model.graph):
        part.ClearField("metadata_props")  # source locations: most of the size, and not needed
    model.graph.ClearField("value_info")
    return model


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
