// Edits a picture by its latent: what is painted or dragged becomes a picture and weights of its pixels, to which the solver goes
// from the latent at hand. As ganlib/inversion/editing.py; brushes are those of Zhu et al. 2016 (iGAN), handles and targets
// those of Pan et al. 2023 (DragGAN).
const [HEAVY, LIGHT] = [20, 1]; // weights of what is painted or dragged, and of what should stay

// The picture, an ImageData, with a disc around each handle moved to its target, and the weights. `painted` is how much of each
// pixel is painted or to be kept, 0 to 1; `drags` are { from: [x, y], to: [x, y], radius } in pixels. Where a disc was, anything
// may appear: weight 0.
export const edited = (picture, painted, drags) => {
  const { width, height, data } = picture;
  const image = new ImageData(Uint8ClampedArray.from(data), width, height);
  const weights = painted.map((share) => LIGHT + (HEAVY - LIGHT) * share);
  const discs = drags.map(({ from: [x, y], radius }) => Array.from(painted.keys()).filter(
    (i) => Math.hypot((i % width) + 0.5 - x, Math.floor(i / width) + 0.5 - y) <= radius));
  discs.flat().forEach((i) => { weights[i] = 0; });
  drags.forEach(({ from, to }, n) => {
    const [right, down] = [0, 1].map((axis) => Math.round(to[axis] - from[axis]));
    for (const i of discs[n]) {
      const [x, y] = [(i % width) + right, Math.floor(i / width) + down];
      if (x < 0 || y < 0 || x >= width || y >= height) continue;
      image.data.set(data.subarray(4 * i, 4 * i + 4), 4 * (y * width + x));
      weights[y * width + x] = HEAVY;
    }
  });
  return { picture: image, weights };
};
