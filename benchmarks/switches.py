"""Measures what the inputs that scale units cost a picture: a run's graph with and without them, by onnxruntime-web's
WebAssembly in one thread, as the page draws, in turns in one process.

    npm install onnxruntime-web@1.30.0
    python benchmarks/switches.py checkpoints/mnist checkpoints/anime-faces        # needs node, onnx and onnxscript

Prints the medians in milliseconds and the median of the ratios of pairs, whose order alternates: at most 1.05 is the aim.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import onnx

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from ganlib import export  # noqa: E402
from ganlib.runs.run import Run  # noqa: E402

RUNTIME = ROOT / "node_modules" / "onnxruntime-web" / "dist" / "ort.wasm.bundle.min.mjs"
SCRIPT = """
import { readFileSync } from "node:fs";
const [runtime, folder, dim, pairs] = JSON.parse(process.argv.at(-1));
const ort = await import(runtime);
Object.assign(ort.env, { logLevel: "error" });
ort.env.wasm.numThreads = 1;
const open = (name) => ort.InferenceSession.create(readFileSync(`${folder}/${name}.onnx`), { logSeverityLevel: 3 });
const [without, scaled] = [await open("without"), await open("with")];
const inputs = { z: new ort.Tensor("float32", Float32Array.from({ length: dim }, Math.random), [1, dim]) };
if (without.inputNames.includes("labels")) inputs.labels = new ort.Tensor("int64", new BigInt64Array(1), [1]);
const ones = scaled.inputMetadata.filter(({ name }) => name.startsWith("scale.")).map(({ name, shape }) => {
  const dims = shape.map((side) => (typeof side === "number" ? side : 1));
  return [name, new ort.Tensor("float32", new Float32Array(dims.reduce((all, side) => all * side)).fill(1), dims)];
});
const more = { ...inputs, ...Object.fromEntries(ones) };
async function time(session) {
  const begun = performance.now();
  const { images } = await session.run(session === scaled ? more : inputs);
  images.dispose();
  return performance.now() - begun;
}
const times = [];
for (let i = -pairs / 10; i < pairs; i++) {
  const one = [without, scaled];
  const first = await time(one[i & 1]), second = await time(one[1 - (i & 1)]);
  if (i >= 0) times.push(i & 1 ? [second, first] : [first, second]);
}
const median = (values) => values.sort((one, other) => one - other)[values.length >> 1];
const figures = [([a]) => a, ([, b]) => b, ([a, b]) => b / a];
console.log(JSON.stringify(figures.map((figure) => median(times.map(figure)))));
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path, help="folders of runs")
    parser.add_argument("--pairs", type=int, default=500, help="pairs of pictures (default: 500)")
    options = parser.parse_args()
    for path in options.runs:
        run = Run.open(path)
        with tempfile.TemporaryDirectory() as folder:
            model = onnx.load_from_string(export.whole(export.outline(run), run.snapshot().path))
            Path(folder, "without.onnx").write_bytes(without_scales(model).SerializeToString())
            keep(model, "initializer", model.graph.initializer)  # as in the page, which gives the scales with each picture
            Path(folder, "with.onnx").write_bytes(model.SerializeToString())
            given = json.dumps([str(RUNTIME), folder, run.config.recipe.latent_dim, options.pairs])
            command = ["node", "--input-type=module", "-e", SCRIPT, "--", given]
            plain, scaled, ratio = json.loads(subprocess.check_output(command, text=True).splitlines()[-1])
        print(f"{run.name}: {plain:.3f} ms without, {scaled:.3f} ms with, {ratio:.3f} times")


def without_scales(model: onnx.ModelProto) -> onnx.ModelProto:
    """Returns a graph without the inputs of scales and the multiplications by them."""
    scaled = {node.output[0]: node.input[0] for node in model.graph.node if node.input[1:2] and _is_scale(node.input[1])}
    nodes = [node for node in model.graph.node if node.output[0] not in scaled]
    for node in nodes:
        node.input[:] = [scaled.get(name, name) for name in node.input]
    made = onnx.ModelProto()
    made.CopyFrom(model)
    keep(made, "node", nodes)
    for field in ("input", "initializer"):
        keep(made, field, getattr(model.graph, field))
    return made


def keep(model: onnx.ModelProto, field: str, items: Iterable[Any]) -> None:
    """Sets a field of a graph to those of the items that are no scales."""
    kept = [item for item in items if not _is_scale(item.name)]
    model.graph.ClearField(field)
    getattr(model.graph, field).extend(kept)


def _is_scale(name: str) -> bool:
    return name.startswith(export.SCALE)


if __name__ == "__main__":
    main()
