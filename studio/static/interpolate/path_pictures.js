// Draws and caches the pictures along paths: in batches, the key frames and a coarse subset of frames first.
import { engine } from "../page/engine.js";
import { paths } from "./paths.js";

export const pathPictures = (() => {
  const COARSE = 16; // frames drawn before the others
  const BATCH = 64; // frames per request
  const KEPT = 4; // paths
  const kept = new Map(); // by all parameters of a path's pictures
  const names = new WeakMap(); // of latents
  let named = 0;
  let keyPictures = { moment: null, pictures: new Map() }; // of the key frames, by latent

  function name(latent) {
    if (!names.has(latent)) names.set(latent, ++named);
    return names.get(latent);
  }

  const momentOf = ({ run, images, truncation }) => JSON.stringify([run, images, truncation]);

  // The path in the player's format, without pictures.
  function sequenceOf(mode, request) {
    const { keys, frames, closed } = request;
    const key = `${mode} ${frames} ${closed} ${keys.map(name)} ${momentOf(request)}`;
    if (!kept.has(key)) {
      const near = paths.nearest(keys.length, frames, closed);
      const path = paths.path(keys.map(({ z }) => z), frames, mode, closed);
      const latents = path.map((z, frame) => ({ z, label: keys[near[frame]].label, from: null }));
      const lengths = path.map(paths.length);
      kept.set(key, { mode, frames, closed, keys: keys.length, latents, lengths, pictures: Array(frames) });
    }
    const sequence = kept.get(key);
    kept.delete(key); // the newest is dropped last
    kept.set(key, sequence);
    while (kept.size > KEPT) kept.delete(kept.keys().next().value);
    return sequence;
  }

  function keyPicturesOf(request) {
    const moment = momentOf(request);
    const old = keyPictures.moment === moment ? keyPictures.pictures : new Map();
    keyPictures = { moment, pictures: new Map(request.keys.filter((key) => old.has(key)).map((key) => [key, old.get(key)])) };
    return keyPictures.pictures;
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

  // Draws the missing pictures of `request`, { run, images, truncation, keys, modes, frames, closed }: the key frames, then
  // the paths. `progress(sequences, keyPictures)` is called at once and after each batch, until `stale()`.
  async function draw(request, stale, progress) {
    const { run, images, truncation, keys, modes, frames } = request;
    const sequences = modes.map((mode) => sequenceOf(mode, request));
    const pictures = keyPicturesOf(request);
    const keyPictures = keys.filter((key) => !pictures.has(key));
    const work = [{ latents: keyPictures, keep: (picture, i) => pictures.set(keyPictures[i], picture) }];
    for (const sequence of sequences) {
      for (const batch of batches(frames).filter((some) => some.some((frame) => !sequence.pictures[frame]))) {
        work.push({
          latents: batch.map((frame) => sequence.latents[frame]),
          keep: (picture, i) => { sequence.pictures[batch[i]] = picture; },
        });
      }
    }
    progress(sequences, pictures);
    for (const { latents, keep } of work.filter(({ latents: some }) => some.length)) {
      if (stale()) return;
      (await engine.draw({ run, images, truncation, latents })).forEach(keep);
      if (!stale()) progress(sequences, pictures);
    }
  }

  return { draw };
})();
