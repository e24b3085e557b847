// Draws with blends of two snapshots' weights, in the browser's worker (worker.js): a share of the second in each layer, and batch
// statistics of the blend's own samples.
import { engine } from "../page/engine.js";
import { graph } from "../page/graph.js";
import { local } from "../page/local.js";

export const blends = (() => {
  const SAMPLES = { moving: 16, still: 128 }; // for batch statistics, while a slider moves and afterwards
  const AGAIN = 2000; // ms before a retry while the server exports the graph
  const SEED = 0;
  let opened = { key: null }; // the loaded pair, and the layer of each tensor

  const answered = new Map();
  // What the runs of a run's lineage are, and the modules of each layer of its generator.
  function kin(run) {
    if (!answered.has(run)) answered.set(run, engine.ask({ what: "kin", run }).catch((error) => { answered.delete(run); throw error; }));
    return answered.get(run);
  }
  engine.follow(() => answered.clear());

  async function outline(run) {
    const answer = await fetch(local.place("outline", run));
    if (answer.status === 202) {
      await new Promise((done) => { setTimeout(done, AGAIN); });
      return outline(run);
    }
    if (!answer.ok) throw new Error((await answer.json()).error);
    return new Uint8Array(await answer.arrayBuffer());
  }

  const layerOf = (layers, tensor) => Object.keys(layers).find((layer) => layers[layer].some((module) => tensor.startsWith(`${module}.`))) ?? Object.keys(layers)[0];

  // Loads two snapshots, { run, images } each, of one lineage, once.
  async function open(a, b) {
    const key = JSON.stringify([a, b]);
    if (opened.key === key) return;
    opened = { key: null };
    const [{ layers }, bytes, latents] = await Promise.all([
      kin(a.run), outline(a.run), engine.latents({ run: a.run, seed: SEED, num: SAMPLES.still }),
    ]);
    const graphs = graph.withInputs(bytes);
    const weights = [a, b].map(({ run, images }) => local.place("weights", run, images));
    await local.ask({ what: "openBlend", files: local.files(), graphs, weights, ...local.asInputs({ latents }) });
    opened = { key, layers: Object.fromEntries(Object.keys(graphs.dims).map((tensor) => [tensor, layerOf(layers, tensor)])) };
  }

  // The pictures of latents with these shares by layer, and the batch statistics by tensor. `moving` takes fewer samples for them.
  async function draw(shares, question, moving = false) {
    const byTensor = Object.fromEntries(Object.entries(opened.layers).map(([tensor, layer]) => [tensor, shares[layer]]));
    const num = moving ? SAMPLES.moving : SAMPLES.still;
    const answer = await local.ask({ what: "drawBlend", shares: byTensor, num, ...local.asInputs(question) });
    return { pictures: local.pictures(answer), statistics: answer.statistics };
  }

  return { kin, open, draw };
})();
