// Searches for a picture's latent: in the browser where it draws, else on the server.
import { engine } from "../page/engine.js";
import { local } from "../page/local.js";

const [STARTS, PASSES] = [4, 2400]; // of a search in the browser
const PAINTED = 20; // weight of a painted pixel where the rest should stay as it is

// The values of an ImageData as the generator makes them, (channels, height, width) in [-1, 1].
const valuesOf = ({ data }, channels) => {
  const area = data.length / 4;
  return Float32Array.from({ length: channels * area }, (_, i) => data[4 * (i % area) + Math.floor(i / area)] / 127.5 - 1);
};

// Begins a search: { done, stop } as local.search. question: { target: ImageData, prior, from, only, weights: of the pixels or
// null }, `only` whether to start nowhere else than `from`.
export const searching = async (moment, { target, weights, ...question }, told) => {
  const { channels } = await engine.about(moment.run);
  const shares = weights && Float32Array.from({ length: channels * weights.length }, (_, i) => 1 + PAINTED * weights[i % weights.length]);
  if (!(await local.ready(moment))) throw new Error("not here");
  return local.search(moment, { ...question, target: valuesOf(target, channels), weights: shares, most: STARTS, passes: PASSES }, told);
};
