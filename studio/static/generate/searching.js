// Searches for a picture's latent: in the browser where it draws, else on the server.
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

async function onServer({ run, images }, { target, prior }, channels) {
  const picture = engine.base64(bytesOf(target, channels));
  const answer = await engine.ask({ what: "project", run, images, picture, prior, label: null });
  const [drawn] = engine.decoded(answer);
  return { found: [{ z: engine.floats(answer.z), label: answer.label, error: answer.rmse, picture: drawn }] };
}

// Begins a search: { done, stop } as local.search. question: { target: ImageData, prior, from, only, weights: of the pixels or
// null, passes: of the generator at most }, `only` whether to start nowhere else than `from`; the server starts anywhere and weighs
// all pixels the same.
export const searching = async (moment, question, told) => {
  const { channels } = await engine.about(moment.run);
  if (!(await local.ready(moment))) return { done: onServer(moment, question, channels), stop: () => {} };
  const { target, weights, ...rest } = question;
  const shares = weights && Float32Array.from({ length: channels * weights.length }, (_, i) => weights[i % weights.length]);
  const given = { most: STARTS, passes: PASSES, ...rest };
  return local.search(moment, { ...given, target: valuesOf(target, channels), weights: shares }, told);
};
