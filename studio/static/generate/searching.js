// Searches for a picture's latent: in the browser where it draws, else on the server.
import { HEAVY } from "../inversion/editing.js";
import { engine } from "../page/engine.js";
import { local } from "../page/local.js";

const [STARTS, PASSES] = [4, 2400]; // of a search in the browser

// The values of an ImageData as the generator makes them, (channels, height, width) in [-1, 1].
const valuesOf = ({ data }, channels) => {
  const area = data.length / 4;
  return Float32Array.from({ length: channels * area }, (_, i) => data[4 * (i % area) + Math.floor(i / area)] / 127.5 - 1);
};

// The same as bytes, (height, width, channels).
const bytesOf = ({ data }, channels) => data.filter((_, i) => i % 4 < channels);

// The proposals of an edit in the server's order (ganlib/inversion/editing.py).
const wayOf = (number, label) => ["here", "likelier", "another", label === null ? "another" : "label"][number];

async function onServer(what, { run, images }, { target, prior, weights, from }, channels) {
  const picture = engine.base64(bytesOf(target, channels));
  const mask = weights && engine.base64(Uint8Array.from(weights, (weight) => Math.round((255 * weight) / HEAVY)));
  const begun = what === "edit" ? { z: engine.base64(from.z), labels: [from.label] } : { label: null };
  const answer = await engine.ask({ what: "project", run, images, picture, prior, mask, ...begun });
  const { z, labels, errors, num } = answer;
  const latents = engine.rows(engine.floats(z), engine.floats(z).length / num);
  const found = engine.decoded(answer).map((drawn, i) => {
    const label = labels?.[i] ?? null;
    return { z: latents[i], label, error: errors[i], picture: drawn, way: what === "edit" ? wayOf(i, label) : undefined };
  });
  return { found };
}

// Begins a search, an "edit" or a "follow" (searches.js): { done, stop } as local.search. question: { target: ImageData, prior,
// weights: of the pixels or null, from: latents to start from, for an edit the one at hand }; the server starts a search anywhere.
export const searching = async (what, moment, question, told = () => {}) => {
  const { channels } = await engine.about(moment.run);
  if (!(await local.ready(moment))) return { done: onServer(what, moment, question, channels), stop: () => {} };
  const { target, weights, ...rest } = question;
  const shares = weights && Float32Array.from({ length: channels * weights.length }, (_, i) => weights[i % weights.length]);
  const given = { most: STARTS, passes: PASSES, ...rest, target: valuesOf(target, channels), weights: shares };
  return local.search(what, moment, given, told);
};
