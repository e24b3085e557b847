// Films through latents as files, which the server makes.
import { engine } from "../page/engine.js";
import { studio } from "../page/studio.js";

export const FILMS = { webp: "WebP", gif: "GIF", mp4: "MP4" };

// Saves a film through `latents`: { run, images, truncation, latents, mode, closed, frames, seconds, kind }. Resolves to its file name.
export const saveFilm = async ({ run, images, truncation, latents, ...motion }) => {
  const { file, mime, name } = await engine.ask({
    ...engine.latentFields({ run, images, latents, truncation }), what: "animation", ...motion, from: latents.map(({ from }) => from),
  });
  studio.offer(new Blob([engine.bytes(file)], { type: mime }), name);
  return name;
};
