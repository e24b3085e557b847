// A run without weights: shows the grids that its training wrote, with a slider, over its losses.
import { engine } from "../page/engine.js";
import { studio } from "../page/studio.js";
import { view } from "../page/view.js";
import { createCurves } from "./curves.js";

export const grids = (element) => {
  const section = element.querySelector(".album");
  const part = (name) => section.querySelector(`.${name}`);
  const [image, slider, says] = ["album-picture", "album-moment", "album-says"].map(part);
  const curves = createCurves(part("album-losses"), seek);
  let shown = null; // { run, pixelated, transparent, moments, curves }
  let sources = []; // addresses of the pictures, in the order of the moments

  // The album of a run, or none for null.
  async function open(run) {
    section.hidden = true;
    if (!run) return;
    const album = await engine.ask({ what: "album", run });
    if (!album.moments.length) return;
    sources.forEach(URL.revokeObjectURL);
    [shown, sources] = [album, album.pictures.map((webp) => URL.createObjectURL(new Blob([engine.bytes(webp)], { type: "image/webp" })))];
    image.classList.toggle("pixelated", album.pixelated);
    image.classList.toggle("transparent", album.transparent);
    slider.max = album.moments.length - 1;
    slider.value = slider.max;
    section.hidden = false;
    speak();
  }

  function seek(images) {
    const away = shown.moments.map((moment) => Math.abs(moment.images - images));
    slider.value = away.indexOf(Math.min(...away));
    turn();
  }

  function turn() {
    const moment = shown.moments[slider.value];
    const caption = studio.word("album_caption", { run: shown.run, moment: studio.moment(moment) });
    image.src = sources[slider.value];
    image.alt = caption;
    says.textContent = caption;
    slider.setAttribute("aria-valuetext", studio.moment(moment));
    curves.mark(moment.images);
  }

  function speak() {
    studio.speak(section);
    if (!shown || section.hidden) return;
    curves.draw(shown);
    turn();
  }

  image.onload = () => { // at a whole multiple of its own size, so that the slider is seen with it
    const fits = Math.min(section.clientWidth / image.naturalWidth, (0.65 * innerHeight) / image.naturalHeight);
    const times = Math.max(1, Math.floor(fits));
    image.style.width = `${image.naturalWidth * times}px`;
  };
  slider.oninput = turn;
  studio.follow(speak);
  view.follow(({ weightless }, changed) => {
    if (changed.has("weightless")) open(weightless).catch(() => { section.hidden = true; });
  });
};
