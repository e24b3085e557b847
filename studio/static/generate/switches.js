// Draws with a generator's units switched: { stage, unit, factor, area } each, where an area is a Uint8Array of the picture's
// fields, row by row, 1 where the factor holds, or null for everywhere. The browser draws where its graph takes scales
// (ganlib/export.py), else the server.
import { engine } from "../page/engine.js";
import { local } from "../page/local.js";

export const switches = (() => {
  const known = new Map(); // promises of the units of snapshots

  // What a snapshot's units are: { stages: [{ name, units, sides, change, heat }], rows, columns, samples }; change and heat, a
  // Float32Array and a Uint8Array, are undefined where they were not measured.
  function units({ run, images }) {
    const key = `${run} ${images}`;
    if (!known.has(key)) {
      known.set(key, engine.ask({ what: "units", run, images }).then((answer) => ({ ...answer, stages: answer.stages.map(decoded) })));
      known.get(key).catch(() => known.delete(key));
    }
    return known.get(key);
  }
  const decoded = (stage) => (stage.change
    ? { ...stage, change: engine.floats(stage.change), heat: engine.bytes(stage.heat) } : stage);

  // The scales of stages, as the worker takes them: { values, dims } by name.
  function scales(list, { stages, rows, columns }) {
    const found = {};
    for (const { name, units: num, sides } of stages) {
      const own = list.filter(({ stage }) => stage === name);
      if (!own.length) continue;
      const placed = sides.length > 0 && own.some(({ area }) => area);
      const dims = [1, num, ...(placed ? sides : sides.map(() => 1))];
      const [height, width] = [dims[2] ?? 1, dims[3] ?? 1];
      const values = new Float32Array(num * height * width).fill(1);
      for (const { unit, factor, area } of own) {
        for (let i = 0; i < height * width; i++) {
          const [down, across] = [Math.floor(i / width), i % width];
          const field = Math.floor(((2 * down + 1) * rows) / (2 * height)) * columns + Math.floor(((2 * across + 1) * columns) / (2 * width));
          if (!placed || !area || area[field]) values[unit * height * width + i] *= factor;
        }
      }
      found[name] = { values, dims };
    }
    return found;
  }

  const asked = (question, list, judge) => engine.ask({
    what: "switched", judge, ...engine.latentFields(question),
    switches: list.map(({ area, ...one }) => ({ ...one, area: area ? btoa(String.fromCharCode(...area)) : null })),
  });

  // The pictures of latents with switches on, ImageData.
  async function draw(question, list, facts) {
    if (!list.length) return engine.draw(question);
    return (await local.drawSwitched({ ...question, scales: scales(list, facts) })) ?? engine.decoded(await asked(question, list, false));
  }

  // The discriminator's mean logit of the pictures without and with switches, by the server; null for a run without it.
  const judged = async (question, list) => (await asked(question, list, true)).logits;

  return { units, scales, draw, judged };
})();
