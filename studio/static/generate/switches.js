// Draws with a generator's units switched: { stage, unit, factor, area } each, where an area is a Uint8Array of the picture's
// fields, row by row, 1 where the factor holds, or null for everywhere. The browser draws where its graph takes scales
// (ganlib/export.py), else the server; so it is with the discriminator's logits.
import { engine } from "../page/engine.js";
import { local } from "../page/local.js";

export const switches = (() => {
  const AGAIN = 2000; // ms before a retry while the server exports the discriminator's graph
  const NEAR = 0.05; // by which a logit may differ from the server's, relative to 1 and itself
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

  // ------------------------------------------------------------------------------------------------- the discriminator

  let judge = { run: null }; // { run, here: a promise of whether its discriminator is here, ready: the same, once that is known }

  // Loads a run's discriminator into the worker, so that it can judge with the server gone. It is used if it agrees with the
  // server's on a few `latents`.
  function prepareJudge(moment, latents) {
    if (judge.run === moment.run) return judge.here;
    const own = { run: moment.run, ready: false };
    own.here = openJudge({ ...moment, latents }).then(() => { own.ready = true; }, () => { own.run = null; }).then(() => own.ready);
    judge = own;
    return own.here;
  }

  async function openJudge(question) {
    if (!local.here || !(await local.ready(question))) throw new Error("the server draws");
    await loadJudge(question.run);
    const [here, { logits }] = [await local.judged({ ...question, scales: {} }), await asked(question, [], true)];
    if (here === undefined || !(Math.abs(here - logits[0]) <= NEAR * (1 + Math.abs(here)))) throw new Error("it judges otherwise");
  }

  async function loadJudge(run) {
    try {
      await local.ask({ what: "openJudge", run, files: local.files(), outline: local.place("judge", run), weights: local.place("discriminator", run) });
    } catch (error) {
      if (!error.later) throw error;
      await new Promise((done) => { setTimeout(done, AGAIN); });
      await loadJudge(run);
    }
  }

  // The discriminator's mean logit of the pictures without and with switches, by the browser where it is here, else by the
  // server; null for a run without it.
  async function judged(question, list, facts) {
    if (judge.run === question.run && judge.ready) {
      const found = [];
      for (const on of [[], list]) found.push(await local.judged({ ...question, scales: scales(on, facts) }));
      if (!found.includes(undefined)) return found;
    }
    return (await asked(question, list, true)).logits;
  }

  return { units, scales, draw, prepareJudge, judged };
})();
