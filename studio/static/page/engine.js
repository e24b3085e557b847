// Draws pictures of latents. The page keeps the latents; code that moves, mixes or interpolates them requests their pictures
// here, regardless of where they are drawn.
//
// A latent is { z: Float32Array, label: number | null, from: { seed, index } | null }; `from` is the origin of an unmodified
// one. `studio.engine.run()` is the selected run: { run, lineage, dim, latent ("normal" or "uniform"), size (sizes.js), channels,
// pixelated, transparent, local, classes: [name], moments: [{ images, epoch }], title, stages, inversion, own: { run: title } }, or null.
// `stages` are [height, width] of those that can take a latent each, none in most runs; `local` is whether a browser can load its generator, `own` are the visitor's private runs; `inversion` is null or the errors
// of searches for real pictures at a snapshot, { images, real: [grey levels], held_out }.
import { heightWidth } from "./sizes.js";
import { studio } from "./studio.js";
import { visitor } from "./visitor.js";

export const engine = (() => {
  const listeners = new Set();
  let chosen = null;
  let connect;
  const connected = new Promise((resolve) => { connect = resolve; });

  const base64 = (floats) => {
    const bytes = new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
    let text = "";
    for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
    return btoa(text);
  };
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const floats = (text) => new Float32Array(bytes(text).buffer);

  // Rows of `dim` numbers.
  const rows = (values, dim) => Array.from({ length: values.length / dim }, (_, i) => values.slice(i * dim, (i + 1) * dim));
  const joined = (latents) => {
    const all = new Float32Array(latents.reduce((length, { z }) => length + z.length, 0));
    latents.reduce((at, { z }) => (all.set(z, at), at + z.length), 0);
    return all;
  };

  const LINGER = 1500; // ms for which the place stays visible once a retry is due

  // Sends a question to the server with the visitor's token, since a private run shows more to its owner. If the queue is
  // full, shows the place in it and retries. Rejects with an Error whose message is a sentence.
  async function ask(question) {
    const server = await connected;
    const answer = await server.ask({ visitor: visitor(), ...question });
    if (!answer) throw new Error(studio.word("no_answer"));
    if (answer.error) throw new Error(answer.error);
    if (!answer.busy) return answer;
    const pause = 1000 * answer.again;
    studio.tell("busy", { place: answer.busy }, pause + LINGER);
    await new Promise((done) => { setTimeout(done, pause); });
    return ask(question);
  }

  // The fields of a question about latents.
  const latentFields = ({ run, images, latents, truncation = 1 }) => ({
    run, images, truncation, z: base64(joined(latents)), labels: latents.map(({ label }) => label),
  });

  // The first `num` latents of a seed; the i-th has the label `label`, or, for null, the label that it has in a mixed grid.
  async function latents({ run, seed, num, label = null }) {
    const facts = await about(run);
    const { z } = await ask({ what: "latents", run, seed, num });
    const count = facts.classes.length;
    const labelled = (index) => (count ? label ?? index % count : null);
    return rows(floats(z), facts.dim).map((row, index) => ({ z: row, label: labelled(index), from: { seed, index } }));
  }

  // What is known of a snapshot's latent. principal: its directions, strongest first, Float32Arrays, each a step of one standard
  // deviation. named: attributes { name, word, r2, gradient }, whose gradients are in their standard deviations by unit of z.
  const kept = new Map();
  async function axesOf({ run, images }) {
    const key = `${run} ${images}`;
    if (!kept.has(key)) {
      const { dim } = await about(run);
      kept.set(key, ask({ what: "directions", run, images }).then((answer) => {
        const gradients = rows(floats(answer.gradients), dim);
        const named = answer.named.map((attribute, i) => ({ ...attribute, gradient: gradients[i] }));
        return { principal: rows(floats(answer.directions), dim), named };
      }));
      kept.get(key).catch(() => kept.delete(key));
      if (kept.size > 64) kept.delete(kept.keys().next().value);
    }
    return kept.get(key);
  }

  const directions = async (scene) => (await axesOf(scene)).principal;
  const attributes = async (scene) => (await axesOf(scene)).named;

  // The pictures of latents at one snapshot (`images` seen) or several, drawn by the server: ImageData, ordered by snapshot.
  const served = async (question) => decoded(await ask({ what: "draw", ...latentFields(question) }));

  // The same at one displayed snapshot, drawn in the browser once its generator is loaded (local.js).
  let first = async () => null;
  const drawFirst = (draw) => { first = draw; }; // if `draw` returns null, the server draws
  const draw = async (question) => (await first(question)) ?? served(question);

  // The pictures of an answer, as ImageData.
  function decoded({ pictures, size, channels, num }) {
    const values = bytes(pictures);
    const [height, width] = heightWidth(size);
    const pixels = height * width;
    return Array.from({ length: num }, (_, n) => {
      const picture = new ImageData(width, height);
      for (let i = 0; i < pixels; i++) {
        const at = (n * pixels + i) * channels;
        picture.data[4 * i] = values[at];
        picture.data[4 * i + 1] = values[at + (channels > 1 ? 1 : 0)];
        picture.data[4 * i + 2] = values[at + (channels > 1 ? 2 : 0)];
        picture.data[4 * i + 3] = channels > 3 ? values[at + 3] : 255;
      }
      return picture;
    });
  }

  function entitled(facts) {
    studio.entitle(facts.run, facts.title);
    return facts;
  }

  // Draws an ImageData into `canvas`, or into a new canvas for null, as the run of `facts` requires, and returns it.
  function picture(canvas, data, facts = chosen) {
    const shown = canvas ?? document.createElement("canvas");
    shown.classList.add("picture");
    shown.classList.toggle("pixelated", facts?.pixelated ?? false);
    shown.classList.toggle("transparent", facts?.transparent ?? false);
    if (shown.width !== data.width) shown.width = data.width;
    if (shown.height !== data.height) shown.height = data.height;
    shown.getContext("2d").putImageData(data, 0, 0);
    return shown;
  }

  // The facts of a run; without a request for the selected one.
  const others = new Map();
  async function about(run) {
    if (chosen?.run === run) return chosen;
    if (!others.has(run)) {
      others.set(run, ask({ what: "about", run }).then(entitled));
      others.get(run).catch(() => others.delete(run));
    }
    return others.get(run);
  }

  // Calls `listener` now, if a run is selected, and whenever the run or its facts change.
  function follow(listener) {
    listeners.add(listener);
    if (chosen) listener(chosen);
  }

  function component(element, props, server, watch) {
    connect(server);
    const read = () => {
      chosen = props.value?.run ? entitled(props.value) : null;
      Object.entries(chosen?.own ?? {}).forEach(([run, title]) => studio.entitle(run, title));
      others.clear();
      listeners.forEach((listener) => listener(chosen));
    };
    watch("value", read);
    if (props.value?.run) read();
  }

  // Calls `work` with the newest argument only: while a call is in progress, later ones replace each other, so that a slider
  // doesn't queue requests. `work` may be asynchronous.
  function newest(work) {
    let busy = false;
    let waiting = null;
    return async (argument) => {
      waiting = { argument };
      if (busy) return;
      busy = true;
      try {
        while (waiting) {
          const { argument: next } = waiting;
          waiting = null;
          await work(next);
        }
      } finally {
        busy = false;
      }
    };
  }

  return {
    ask, latentFields, about, latents, directions, attributes, served, draw, drawFirst, decoded, picture, follow, newest, component,
    joined, rows, base64, floats, bytes,
    run: () => chosen,
  };
})();
