// Paths between latents, as in ganlib/latents/: computed in double, returned in single precision. `lerp` is the straight
// line, `slerp` the arc (Shoemake 1985).
export const paths = (() => {
  const SAME = 1e-6; // radians below which the arc is the straight line
  const OPPOSITE = 1e-4; // radians from a half-turn within which no great circle is the shortest

  const length = (z) => Math.sqrt(z.reduce((sum, value) => sum + value * value, 0));
  const scaled = (z, factor) => Float64Array.from(z, (value) => value * factor);
  const weighted = (a, b, ofA, ofB) => Float32Array.from(a, (value, i) => ofA * value + ofB * b[i]);

  // The angle between a and b in [0, pi]; 0 where one of them has no direction. Exact near 0 and pi, as acos isn't.
  function angle(a, b) {
    const lengths = [length(a), length(b)];
    if (!Math.min(...lengths)) return 0;
    const [one, other] = [scaled(a, 1 / lengths[0]), scaled(b, 1 / lengths[1])];
    return 2 * Math.atan2(length(one.map((value, i) => value - other[i])), length(one.map((value, i) => value + other[i])));
  }

  // A unit vector at right angles to a, the same for -a: a's entries swapped in pairs.
  function perpendicular(a) {
    const swapped = new Float64Array(a.length);
    for (let i = 0; i + 1 < a.length; i += 2) [swapped[i], swapped[i + 1]] = [-a[i + 1], a[i]];
    if (!swapped.some((value) => value)) swapped[0] = 1; // only a's unpaired last entry isn't 0
    const largest = swapped.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
    return scaled(swapped, Math.sign(largest) / length(swapped));
  }

  const lerp = (a, b, t) => weighted(a, b, 1 - t, t);

  // At 180 degrees all arcs are equally short: takes the one through `perpendicular(a)`.
  function slerp(a, b, t) {
    const turn = angle(a, b);
    if (turn < SAME || a.length === 1) return lerp(a, b, t);
    if (Math.PI - turn < OPPOSITE) {
      const middle = scaled(perpendicular(a), (length(a) + length(b)) / 2);
      return t < 0.5 ? slerp(a, middle, 2 * t) : slerp(middle, b, 2 * t - 1);
    }
    return weighted(a, b, Math.sin((1 - t) * turn) / Math.sin(turn), Math.sin(t * turn) / Math.sin(turn));
  }

  const between = { slerp, lerp };

  // Frame i's position in whole steps, and the steps between two keys: integers, so keys are met exactly.
  const steps = (keys, frames, closed) => [closed ? keys : keys - 1, closed ? frames : Math.max(frames - 1, 1)];

  // `frames` latents through `keys`: [Float32Array]. A closed path stops a frame before its first key; an open one ends on
  // its last.
  function path(keys, frames, mode, closed) {
    const [step, whole] = steps(keys.length, frames, closed);
    return Array.from({ length: frames }, (_, frame) => {
      const before = Math.floor((frame * step) / whole);
      const after = closed ? (before + 1) % keys.length : Math.min(before + 1, keys.length - 1);
      return between[mode](keys[before], keys[after], ((frame * step) % whole) / whole);
    });
  }

  // The key that each frame is nearest to, the later one in the middle between two: its label is the frame's.
  function nearest(keys, frames, closed) {
    const [step, whole] = steps(keys, frames, closed);
    return Array.from({ length: frames }, (_, frame) => Math.floor((2 * frame * step + whole) / (2 * whole)) % keys);
  }

  // The keys' positions in frames; not always whole numbers.
  function stops(keys, frames, closed) {
    const [step, whole] = steps(keys, frames, closed);
    return Array.from({ length: keys }, (_, key) => (key * whole) / step);
  }

  return { lerp, slerp, path, nearest, stops, length };
})();
