// Children of latents, as in ganlib/latents/evolution.py: mutations of one, crossings of several. A generation is a function of its
// parents and a seed, so that a link can hold a family by its choices.
import { paths } from "../interpolate/paths.js";

export const evolution = (() => {
  const NUM = 16; // children of a generation

  // Random numbers from a seed: mulberry32 (Ettinger), normal ones by Box-Muller.
  function random(seed) {
    let state = seed >>> 0;
    const share = () => { // from 0 to below 1
      state = (state + 0x6D2B79F5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
    return {
      share,
      below: (num) => Math.floor(num * share()),
      normal: () => Math.sqrt(-2 * Math.log(1 - share())) * Math.cos(2 * Math.PI * share()),
      uniform: () => 2 * share() - 1,
    };
  }

  // A number folded into [-1, 1] at both ends: a triangle wave of period 4.
  const reflected = (value) => Math.abs(((((value - 1) % 4) + 4) % 4) - 2) - 1;

  // A child of z: `far` is 0 for z itself, 1 for `noise`. It has the distribution of the run's latents, "normal" or "uniform".
  function mutate(z, noise, far, distribution) {
    if (distribution === "uniform") return z.map((value, i) => reflected(value + 2 * far * noise[i]));
    const near = Math.sqrt(1 - far ** 2);
    return z.map((value, i) => near * value + far * noise[i]);
  }

  // Each number of the parent that `chosen` says.
  const crossCoordinates = (parents, chosen) => parents[0].map((_, i) => parents[chosen[i]][i]);

  // The place on each of the axes, independent directions, of one parent, and the rest of z of another: the last of `chosen`.
  const crossDirections = (parents, along, chosen) => along.reduce(
    (z, axis, i) => axis.moved(z, axis.read(parents[chosen[i]])), parents[chosen[along.length]]);

  // A place on the arcs from each parent to the next, and from the last to the first: 0 is the first, 1 the second.
  function crossArc(parents, at) {
    const before = Math.floor(at) % parents.length;
    return paths.slerp(parents[before], parents[(before + 1) % parents.length], at % 1);
  }

  // A child's latent by way. `phase`, 0 to 1, is that of the generation, whose children lie at equal distances on the arcs.
  const WAYS = {
    mutants: ([z], { far, latent }, numbers) => mutate(z, z.map(() => numbers[latent]()), far, latent),
    coordinates: (parents, _, { below }) => crossCoordinates(parents, parents[0].map(() => below(parents.length))),
    directions: (parents, { along }, { below }) => crossDirections(
      parents, along, Array.from({ length: along.length + 1 }, () => below(parents.length))),
    arc: (parents, { phase }, _, i) => crossArc(parents, ((i + phase) / NUM) * (parents.length > 2 ? parents.length : 1)),
  };

  // The NUM children of latents, the `parents`: { way, far, latent: the run's distribution, along: axes, label }. Without a
  // `label` each has that of one of its parents.
  function generation(parents, { way, label = null, ...how }, seed) {
    const numbers = random(seed);
    const settings = { ...how, phase: numbers.share() };
    const latents = parents.map(({ z }) => z);
    return Array.from({ length: NUM }, (_, i) => {
      const inherited = parents[numbers.below(parents.length)].label;
      return { z: Float32Array.from(WAYS[way](latents, settings, numbers, i)), label: label ?? inherited, from: null };
    });
  }

  // A seed for the children of some parents, and for further ones with a higher `round`: FNV-1a of their numbers.
  const seedOf = (parents, round) => parents.flatMap(({ z }) => [...new Uint8Array(z.buffer, z.byteOffset, z.byteLength)]).reduce(
    (hash, byte) => Math.imul(hash ^ byte, 16777619), 2166136261 ^ round) >>> 0;

  const ways = Object.keys(WAYS);
  return { NUM, ways, crossings: ways.slice(1), mutate, crossCoordinates, crossDirections, crossArc, generation, seedOf };
})();
