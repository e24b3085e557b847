// Runs generators in the browser: loads the displayed snapshots into a worker, which draws their pictures. Until one is
// loaded, or if it can't be, the server draws.
//
// The server generates runtime.js: the URLs of onnxruntime-web's files (onnxruntime_web.py), or null if --runtime is off.
import { engine } from "./engine.js";
import { heightWidth } from "./sizes.js";
import { rest } from "./rest.js";
import { RUNTIME } from "./runtime.js";
import { studio } from "./studio.js";

export const local = (() => {
  const MOST = 4; // loaded snapshots; the least recently drawn is dropped first
  const AGAIN = 4000; // ms before a retry while the server exports a run's outline
  const WAIT = 50; // ms between looks at a snapshot that is being loaded
  const NEAR = 2; // levels of 255 by which a picture may differ from the server's
  const kept = new Map(); // whether a snapshot is ready, by key
  const ways = new Map(); // how it is drawn, "wasm" or "webgpu", by key
  const switched = new Set(); // keys of snapshots whose graph takes scales of its units
  const served = new Set(); // runs that the server draws
  const waiting = new Map(); // questions to the worker, by id
  const listeners = new Set();
  let worker = null;
  let begun = null; // the promise of its start
  let code = null; // its URL
  let helped = null; // the worker that has a helper
  let asked = 0;
  let touched = false; // whether the visitor has interacted; nothing is loaded before

  for (const event of ["click", "keydown", "input"]) addEventListener(event, () => { touched = true; }, { capture: true, once: true });

  const announce = () => listeners.forEach((listener) => listener());
  const keyOf = ({ run, images }) => `${run} ${images}`;
  const mapped = (object, change) => Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
  const located = ({ path, integrity }) => ({ url: studio.address(path), integrity });

  // ------------------------------------------------------------------------------------------------- the worker

  async function created() {
    const { workerCode } = await rest();
    code ??= URL.createObjectURL(new Blob([workerCode], { type: "text/javascript" }));
    return new Worker(code, { type: "module" });
  }

  async function begin() {
    worker = await created();
    worker.onmessage = ({ data: { id, ...answer } }) => {
      const { resolve, reject, told } = waiting.get(id);
      if (answer.progress) return told(answer.progress);
      waiting.delete(id);
      if (answer.problem === undefined) resolve(answer);
      else reject(answer);
    };
    worker.onerror = () => { // it failed to start or has crashed
      worker.terminate();
      worker = begun = null;
      waiting.forEach(({ reject }) => reject({}));
      waiting.clear();
    };
  }

  async function ask(question, told) {
    await (begun ??= begin());
    return new Promise((resolve, reject) => {
      waiting.set(++asked, { resolve, reject, told });
      worker.postMessage({ id: asked, ...question });
    });
  }

  // Latents as the worker takes them.
  const asInputs = ({ latents, truncation = 1 }) => ({
    z: engine.joined(latents).map((value) => value * Math.fround(truncation)), labels: latents.map(({ label }) => label ?? 0),
  });

  // The pictures of a worker's answer.
  function pictures({ pixels, height, width }) {
    const length = 4 * height * width;
    return Array.from({ length: pixels.length / length }, (_, n) => new ImageData(pixels.subarray(n * length, (n + 1) * length), width, height));
  }

  const drawn = async (key, question) => pictures(await ask({ what: "draw", key, scales: question.scales, mix: mixed(question), ...asInputs(question) }));
  const mixed = ({ mix, truncation }) => {
    if (!mix) return undefined;
    const { z, labels: [label] } = asInputs({ latents: [mix.other], truncation });
    return { z, label, amounts: Float32Array.from(mix.amounts) };
  };
  const files = () => mapped(RUNTIME, (way) => mapped(way, located));
  const place = (kind, run, ...more) => studio.address(["gradio_api/studio", kind, encodeURIComponent(run), ...more].join("/"));

  // ------------------------------------------------------------------------------------------------- snapshots

  // Lets the server draw a run's pictures from now on.
  function giveUp(run) {
    served.add(run);
    [...kept.keys()].filter((key) => key.startsWith(`${run} `)).forEach(drop);
  }

  function drop(key) {
    kept.delete(key);
    ask({ what: "close", key }).catch(() => {});
    announce();
  }

  // A snapshot is ready once its picture equals the server's within NEAR levels.
  async function load(key, question) {
    const { run, images, latents } = question;
    const places = { outline: place("outline", run), weights: place("weights", run, images) };
    kept.set(key, false);
    try {
      const { way, switches } = await ask({ what: "open", key, files: files(), dim: latents[0].z.length, ...places });
      const first = { ...question, latents: latents.slice(0, 1) };
      const [[here], [there]] = await Promise.all([drawn(key, first), engine.served(first)]);
      if (!here.data.every((value, i) => Math.abs(value - there.data[i]) <= NEAR)) throw new Error("it draws otherwise");
      ways.set(key, way);
      if (switches) switched.add(key);
      kept.set(key, true);
      announce();
    } catch ({ later }) {
      if (later) setTimeout(() => kept.delete(key), AGAIN);
      else giveUp(run);
    }
    const ready = [...kept.keys()].filter((other) => kept.get(other));
    ready.slice(0, Math.max(0, ready.length - MOST)).forEach(drop);
  }

  // Whether the browser draws the pictures of a snapshot.
  const has = (moment) => kept.get(keyOf(moment)) === true && !served.has(moment.run);

  const mayLoad = async ({ run, images, latents }) => RUNTIME && touched && latents.length > 0 && Number.isInteger(images)
    && !served.has(run) && !navigator.connection?.saveData && (await engine.about(run)).local;

  // The pictures of `latents` at one snapshot, ImageData; null if the server must draw them.
  async function draw(question) {
    const key = keyOf(question);
    if (!(await mayLoad(question))) return null;
    if (!kept.has(key)) load(key, question);
    if (!kept.get(key)) return null;
    kept.delete(key); // moves it to the end, to be dropped last
    kept.set(key, true);
    try {
      return await drawn(key, question);
    } catch {
      giveUp(question.run);
      return null;
    }
  }

  // The same with the stages taking as much of another latent's style as `question.mix` says, { other, amounts }.
  async function drawMixed(question) {
    if (!(await draw({ ...question, mix: undefined, latents: question.latents.slice(0, 1) }))) return null;
    return draw(question);
  }

  // The same with the units of stages multiplied by `question.scales`; null also if the run's graph can't.
  async function drawSwitched(question) {
    if (!(await draw({ ...question, scales: undefined, latents: question.latents.slice(0, 1) })) || !switched.has(keyOf(question))) return null;
    return draw(question);
  }

  // Whether a snapshot is here whose graph has no scales, as one that was exported before there were switches.
  const unscaled = (moment) => has(moment) && !switched.has(keyOf(moment));

  // The mean logit of these pictures by the run's discriminator; undefined if the worker doesn't have both, or no scales.
  async function judged({ scales, ...question }) {
    if (!has(question) || unscaled(question)) return undefined;
    return (await ask({ what: "judged", run: question.run, key: keyOf(question), scales, ...asInputs(question) })).logit;
  }

  // ------------------------------------------------------------------------------------------------- searches

  // Resolves to whether the browser has a snapshot, once that is known.
  async function ready(moment) {
    if (has(moment)) return true;
    touched = true;
    const { run, images } = moment;
    const latents = await engine.latents({ run, seed: 0, num: 1 });
    await draw({ run, images, latents });
    const { local: may } = await engine.about(run);
    while (may && RUNTIME && !has(moment) && kept.has(keyOf(moment)) && !served.has(run)) await new Promise((done) => { setTimeout(done, WAIT); });
    return has(moment);
  }

  const searched = ({ dim, classes, channels, size, latent }) => ({
    dim, latent, stocked: classes.length ? classes.map((_, label) => label) : [null], shape: [channels, ...heightWidth(size)],
  });

  // Gives the worker a second one for another core.
  function help() {
    if (helped === worker || navigator.hardwareConcurrency < 2) return;
    helped = worker;
    const { port1, port2 } = new MessageChannel();
    created().then((helper) => helper.postMessage({ id: 0, what: "serve", port: port1 }, [port1]));
    worker.postMessage({ id: ++asked, what: "join", port: port2 }, [port2]);
    waiting.set(asked, { resolve: () => {}, reject: () => {} });
  }

  // Draws the candidates of a snapshot that is here.
  async function prepare(moment) {
    const facts = await engine.about(moment.run);
    help();
    await ask({ what: "prepare", key: keyOf(moment), ...searched(facts) });
  }

  // A search of the worker in a snapshot that is here (searches.js): `what` is "search", "edit" or "follow". `told(found)` hears of
  // every improvement. Returns { done, stop }: a promise of { found: [{ z, label, error, picture, way, ended }], typical }, with the
  // median distance of two of the run's pictures, and a function.
  function search(what, moment, question, told) {
    let id = null;
    const begun = async () => {
      const facts = await engine.about(moment.run);
      const [height, width] = heightWidth(facts.size);
      const pictured = (starts) => starts.map(({ pixels, ...start }) => ({ ...start, picture: new ImageData(pixels, width, height) }));
      const answer = ask({ what, key: keyOf(moment), ...searched(facts), ...question }, (starts) => told(pictured(starts)));
      id = asked;
      const { found, typical } = await answer;
      return { found: pictured(found), typical };
    };
    return { done: begun(), stop: () => { if (id !== null) ask({ what: "stop", search: id }); } };
  }

  // Shows in `place` whether the browser draws the pictures of `moment()`, { run, images }. Returns a function that updates it.
  function sign(place, moment) {
    const show = () => {
      const shown = moment();
      place.style.visibility = shown && has(shown) ? "visible" : "hidden"; // keeps its space, so that nothing else moves
      place.hidden = !RUNTIME;
      place.textContent = studio.word("drawn_here");
      place.title = studio.word(shown && ways.get(keyOf(shown)) === "webgpu" ? "drawn_here_by_gpu" : "drawn_here_how");
    };
    listeners.add(show);
    studio.follow(show);
    return show;
  }

  engine.drawFirst(draw);
  return { draw, drawMixed, drawSwitched, unscaled, judged, has, sign, ready, prepare, search, ask, asInputs, pictures, files, place, here: RUNTIME !== null };
})();
