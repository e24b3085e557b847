// Edits a picture by its latent: what is painted or dragged becomes a picture and weights of its pixels, to which the solver goes
// from the latent at hand. As ganlib/inversion/editing.py; brushes are those of Zhu et al. 2016 (iGAN), handles and targets
// those of Pan et al. 2023 (DragGAN).
export const HEAVY = 20; // the weight of what is painted, dragged or must stay
const LIGHT = 1; // of what should stay
const KEPT = 0.5; // of a pixel, from which on it must stay

// The picture, an ImageData, with a disc around each handle moved to its target, and the weights. `painted` and `kept` are how much
// of each pixel is painted and must stay, 0 to 1; `drags` are { from: [x, y], to: [x, y], radius } in pixels. Where a disc was,
// anything may appear: weight 0. From and to what must stay nothing is dragged.
export const edited = (picture, painted, kept, drags) => {
  const { width, height, data } = picture;
  const image = new ImageData(Uint8ClampedArray.from(data), width, height);
  const weights = painted.map((share, i) => LIGHT + (HEAVY - LIGHT) * Math.max(share, kept[i]));
  const discs = drags.map(({ from: [x, y], radius }) => Array.from(painted.keys()).filter(
    (i) => kept[i] < KEPT && Math.hypot((i % width) + 0.5 - x, Math.floor(i / width) + 0.5 - y) <= radius));
  discs.flat().forEach((i) => { weights[i] = 0; });
  drags.forEach(({ from, to }, n) => {
    const [right, down] = [0, 1].map((axis) => Math.round(to[axis] - from[axis]));
    for (const i of discs[n]) {
      const [x, y] = [(i % width) + right, Math.floor(i / width) + down];
      if (x < 0 || y < 0 || x >= width || y >= height || kept[y * width + x] >= KEPT) continue;
      image.data.set(data.subarray(4 * i, 4 * i + 4), 4 * (y * width + x));
      weights[y * width + x] = HEAVY;
    }
  });
  return { picture: image, weights };
};
