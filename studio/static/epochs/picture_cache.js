// Caches the pictures of some latents at a run's snapshots. Requests one snapshot after another; a new request cancels the
// previous one, whose pictures stay until the new ones arrive.
import { engine } from "../page/engine.js";

export const createFootage = () => {
  let wish = null; // { run, latents, truncation }
  let kept = new Map();
  let coming = new Map();

  async function draw(images) {
    const mine = wish;
    const pictures = await engine.served({ ...mine, images });
    if (mine === wish) kept.set(images, pictures);
    return pictures;
  }

  // The pictures at one moment, requested once.
  function at(images) {
    if (kept.has(images)) return Promise.resolve(kept.get(images));
    if (!coming.has(images)) {
      const mine = coming;
      mine.set(images, draw(images).finally(() => mine.delete(images)));
    }
    return coming.get(images);
  }

  // Draws all `moments`, the one of `first` images before the others. Calls `arrived(images, error)` for each; `error`
  // is null, or the reason why that moment can't be drawn.
  async function load(wished, moments, first, arrived) {
    [wish, kept, coming] = [wished, new Map(), new Map()];
    const mine = wish;
    const order = [first, ...moments.map(({ images }) => images).filter((images) => images !== first)];
    for (const images of order) {
      const error = await at(images).then(() => null, (problem) => problem);
      if (mine !== wish) return;
      arrived(images, error);
    }
  }

  return { load, at, pictures: (images) => kept.get(images) };
};
