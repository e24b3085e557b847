// Draws and caches the pictures along paths: in batches, the key frames and a coarse subset of frames first.
import { engine } from "../page/engine.js";
import { paths } from "./paths.js";

export const reels = (() => {
  const COARSE = 16; // frames drawn before the others
  const BATCH = 64; // frames per request
  const KEPT = 4; // paths
  const kept = new Map(); // by all parameters of a path's pictures
  const names = new WeakMap(); // of latents
  let named = 0;
  let faces = { moment: null, pictures: new Map() }; // of the key frames, by latent

  function name(latent) {
    if (!names.has(latent)) names.set(latent, ++named);
    return names.get(latent);
  }

  const momentOf = ({ run, images, truncation }) => JSON.stringify([run, images, truncation]);

  // The path in the player's format, without pictures.
  function reelOf(mode, wish) {
    const { keys, frames, closed } = wish;
    const key = `${mode} ${frames} ${closed} ${keys.map(name)} ${momentOf(wish)}`;
    if (!kept.has(key)) {
      const near = paths.nearest(keys.length, frames, closed);
      const path = paths.path(keys.map(({ z }) => z), frames, mode, closed);
      const latents = path.map((z, frame) => ({ z, label: keys[near[frame]].label, from: null }));
      const lengths = path.map(paths.length);
      kept.set(key, { mode, frames, closed, keys: keys.length, latents, lengths, pictures: Array(frames) });
    }
    const reel = kept.get(key);
    kept.delete(key); // the newest is dropped last
    kept.set(key, reel);
    while (kept.size > KEPT) kept.delete(kept.keys().next().value);
    return reel;
  }

  function facesOf(wish) {
    const moment = momentOf(wish);
    const old = faces.moment === moment ? faces.pictures : new Map();
    faces = { moment, pictures: new Map(wish.keys.filter((key) => old.has(key)).map((key) => [key, old.get(key)])) };
    return faces.pictures;
  }

  // The frames of a path in batches: about COARSE of them from end to end, then the others. A frame has the same neighbours
  // in its batch whenever and wherever it is drawn, so that its pixels are the same to the last bit.
  function batches(frames) {
    const stride = Math.ceil(frames / COARSE);
    const all = [...Array(frames).keys()];
    const others = all.filter((frame) => frame % stride);
    const rest = Array.from({ length: Math.ceil(others.length / BATCH) }, (_, i) => others.slice(i * BATCH, (i + 1) * BATCH));
    return [all.filter((frame) => frame % stride === 0), ...rest];
  }

  // Draws the missing pictures of `wish`, { run, images, truncation, keys, modes, frames, closed }: the key frames, then the
  // paths. `progress(reels, faces)` is called at once and after each batch, until `stale()`.
  async function draw(wish, stale, progress) {
    const { run, images, truncation, keys, modes, frames } = wish;
    const reels = modes.map((mode) => reelOf(mode, wish));
    const pictures = facesOf(wish);
    const faces = keys.filter((key) => !pictures.has(key));
    const work = [{ latents: faces, keep: (picture, i) => pictures.set(faces[i], picture) }];
    for (const reel of reels) {
      for (const batch of batches(frames).filter((some) => some.some((frame) => !reel.pictures[frame]))) {
        work.push({
          latents: batch.map((frame) => reel.latents[frame]),
          keep: (picture, i) => { reel.pictures[batch[i]] = picture; },
        });
      }
    }
    progress(reels, pictures);
    for (const { latents, keep } of work.filter(({ latents: some }) => some.length)) {
      if (stale()) return;
      (await engine.draw({ run, images, truncation, latents })).forEach(keep);
      if (!stale()) progress(reels, pictures);
    }
  }

  return { draw };
})();
