// A search as files that the page makes: the strip "yours | found | difference" as a PNG, and the search's reconstructions as a film.
import { enlarged } from "../page/enlarged.js";
import { engine } from "../page/engine.js";
import { png } from "../page/png.js";
import { studio } from "../page/studio.js";

// `race` is the search (race.js), `inside(candidate)` what the files hold about it.
export const createSearchFiles = (panel, race, inside) => {
  const GUTTER = 2; // pixels between the pictures, as in ganlib/inversion/projector.py
  const GROUND = "#808080";
  const LEAST_WIDTH = 384; // pixels of a strip
  const MOST_FRAMES = 120;
  const [LENGTH, HOLD] = [3000, 1000]; // ms of the search in its film, and of its end
  const [SHORTEST, LONGEST] = [60, 300]; // ms of a frame
  const part = (name) => panel.querySelector(`.yours-${name}`);
  const [strip, film, told] = ["strip", "film", "saved"].map(part);
  let message = null; // the key of the line below, and its values

  function stripOf(found) {
    const pictures = [race.wanted(), found, race.differenceOf(found, race.wanted())];
    const [{ width, height }] = pictures;
    const canvas = Object.assign(document.createElement("canvas"), { width: 3 * width + 2 * GUTTER, height });
    const context = canvas.getContext("2d");
    context.fillStyle = GROUND;
    context.fillRect(0, 0, canvas.width, height);
    pictures.forEach((picture, i) => context.putImageData(picture, i * (width + GUTTER), 0));
    return enlarged(canvas, LEAST_WIDTH, engine.run().pixelated);
  }

  // At most MOST_FRAMES of the pictures, at equal distances, with the first and the last.
  function thinned(pictures) {
    const num = Math.min(MOST_FRAMES, pictures.length);
    return Array.from({ length: num }, (_, i) => pictures[Math.round((i * (pictures.length - 1)) / Math.max(1, num - 1))]);
  }

  async function made(kind) {
    const shown = race.best();
    const about = inside(shown);
    if (kind === "strip") return png.file(stripOf(shown.picture), about);
    const frames = thinned(race.frames()).map(stripOf);
    const delay = Math.round(Math.min(LONGEST, Math.max(SHORTEST, LENGTH / frames.length)));
    const held = Array.from({ length: Math.ceil(HOLD / delay) }, () => frames.at(-1));
    return png.film([...frames, ...held], delay, about);
  }

  async function save(kind) {
    const file = png.named(studio.called(engine.run().run), kind === "strip" ? "found" : "search");
    try {
      studio.offer(await made(kind), file);
      message = { key: "saved_kind", values: { file } };
    } catch (error) {
      message = { key: "not_saved", values: { kind: "PNG", reason: error.message } };
    }
    speak();
  }

  function speak() {
    told.textContent = message ? studio.word(message.key, message.values) : "";
  }

  // `ended` is whether a search has ended: before there is nothing to save.
  function settle(ended) {
    strip.hidden = !ended;
    film.hidden = !ended || race.frames().length < 2;
    if (!ended) message = null;
    speak();
  }

  strip.onclick = () => save("strip");
  film.onclick = () => save("film");
  return { speak, settle };
};
