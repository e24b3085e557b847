// The family tree as files: a PNG, and films of the line from the first ancestor to the chosen picture. The page makes the PNG and an
// APNG, the server the other films.
import { enlarged } from "../page/enlarged.js";
import { engine } from "../page/engine.js";
import { png } from "../page/png.js";
import { heightWidth } from "../page/sizes.js";
import { studio } from "../page/studio.js";
import { FILMS, saveFilm } from "../interpolate/film.js";
import { paths } from "../interpolate/paths.js";
import { explore } from "./explore.js";

export const createFamilyFiles = (panel, family, tree, base) => {
  const [STEP, PACE, MOST_FRAMES] = [16, 12, 240]; // frames for a generation, frames a second
  const MOST_PIXELS = 480 * 128 ** 2; // downloads.MOST_MOVING_PIXELS
  const MOST_KEYS = 32; // downloads.MOST_KEYS
  const LEAST_WIDTH = 256; // pixels of a film, as ganlib.animations has it
  const KINDS = { apng: "APNG", ...FILMS };
  const told = panel.querySelector(".children-told");
  const films = [...panel.querySelectorAll(".children-film")];
  let message = null; // the key of the line below, and its values

  function say(key, values) {
    message = { key, values };
    speak();
  }

  // The family as it is kept inside the PNG, in the order of the tree: latents, labels, the numbers of parents, and how it was bred.
  function inside({ run, images, truncation }) {
    const nodes = family.nodes();
    return {
      run: studio.called(run), images, truncation, labels: engine.run().classes.length ? nodes.map(({ label }) => label) : null,
      z: engine.base64(engine.joined(nodes)),
      parents: nodes.map(({ parents }) => parents.map((parent) => nodes.indexOf(parent))), bred: nodes.map(({ bred }) => bred),
    };
  }

  panel.querySelector(".children-png").onclick = async () => {
    const scene = explore.scene();
    const { run, moment, truncation } = scene;
    const file = png.named(studio.called(run), "family");
    const caption = studio.word("children_caption", { run, moment: studio.moment(moment), num: family.nodes().length, truncation });
    studio.offer(await tree.file(caption, inside(scene)), file);
    say("saved_kind", { file });
  };

  // A film that the page draws and writes itself; resolves to its name.
  async function saveHere({ run, images, truncation, latents, mode, closed, frames, seconds }) {
    const near = paths.nearest(latents.length, frames, closed);
    const way = paths.path(latents.map(({ z }) => z), frames, mode, closed).map((z, i) => ({ z, label: latents[near[i]].label }));
    const pictures = await engine.draw({ run, images, truncation, latents: way });
    const canvases = pictures.map((picture) => enlarged(engine.picture(null, picture), LEAST_WIDTH, engine.run().pixelated));
    const name = png.named(studio.called(run), "line");
    studio.offer(await png.film(canvases, Math.round((1000 * seconds) / frames), inside({ run, images, truncation })), name);
    return name;
  }

  async function film(kind) {
    const { run, images, truncation, size } = explore.scene();
    const latents = family.line(base()).slice(-MOST_KEYS);
    const [height, width] = heightWidth(size);
    const frames = Math.min(STEP * (latents.length - 1) + 1, MOST_FRAMES, Math.floor(MOST_PIXELS / (height * width)));
    const motion = { mode: "slerp", closed: false, frames, seconds: frames / PACE };
    say("saving_kind", { kind: KINDS[kind] });
    try {
      say("saved_kind", { file: await (kind === "apng" ? saveHere : saveFilm)({ run, images, truncation, latents, ...motion, kind }) });
    } catch (error) {
      say("not_saved", { kind: KINDS[kind], reason: error.message });
    }
  }

  films.forEach((button) => { button.onclick = () => film(button.dataset.kind); });

  function speak() {
    films.forEach((button) => {
      button.textContent = studio.word("children_film", { kind: KINDS[button.dataset.kind] });
      button.disabled = !base() || family.line(base()).length < 2;
    });
    told.textContent = message ? studio.word(message.key, message.values) : "";
  }

  return { speak, clear: () => { message = null; } };
};
