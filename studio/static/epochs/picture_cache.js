// Caches the pictures of some latents at a run's snapshots. Requests one snapshot after another; a new request cancels the
// previous one, whose pictures stay until the new ones arrive.
import { engine } from "../page/engine.js";

export const createPictureCache = () => {
  let request = null; // { run, latents, truncation }
  let kept = new Map();
  let coming = new Map();

  async function draw(images) {
    const mine = request;
    const pictures = await engine.served({ ...mine, images });
    if (mine === request) kept.set(images, pictures);
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
  async function load(wanted, moments, first, arrived) {
    [request, kept, coming] = [wanted, new Map(), new Map()];
    const mine = request;
    const order = [first, ...moments.map(({ images }) => images).filter((images) => images !== first)];
    for (const images of order) {
      const error = await at(images).then(() => null, (problem) => problem);
      if (mine !== request) return;
      arrived(images, error);
    }
  }

  return { load, at, pictures: (images) => kept.get(images) };
};
