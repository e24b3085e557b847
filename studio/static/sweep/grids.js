// The last grids of a sweep's best trials side by side: the same latents in each.
import { engine } from "../page/engine.js";
import { studio } from "../page/studio.js";

export const createGrids = (section, { address, open }) => {
  const BEST = 6;
  const place = section.querySelector(".sweep-grids");
  const figures = new Map(); // by run and the images that its trial has seen

  function figure(run) {
    const made = document.createElement("figure");
    const link = Object.assign(document.createElement("a"), { href: address(run) });
    const image = Object.assign(new Image(), { className: "picture", hidden: true, alt: "" });
    image.onload = () => fit(image);
    link.append(image);
    link.onclick = (event) => open(run, event);
    made.append(link, document.createElement("figcaption"));
    load(run, image);
    return made;
  }

  async function load(run, image) {
    try {
      const { picture, pixelated, transparent } = await engine.ask({ what: "sweep_grid", run });
      image.src = URL.createObjectURL(new Blob([engine.bytes(picture)], { type: "image/webp" }));
      image.classList.toggle("pixelated", pixelated);
      image.classList.toggle("transparent", transparent);
      image.hidden = false;
    } catch { // a run without a grid
      image.closest("figure").hidden = true;
    }
  }

  // At a whole multiple of its own size, or as small as the place.
  function fit(image) {
    const there = image.closest("figure").clientWidth;
    if (there) image.style.width = `${image.naturalWidth * Math.max(1, Math.floor(there / image.naturalWidth))}px`;
  }

  function show({ trials, fields, measure }) {
    const best = trials.filter(({ state, run, value }) => state === "finished" && run && value !== null).slice(0, BEST);
    const shown = best.map(({ trial, run, images, value, settings }) => {
      const key = `${run} ${images}`;
      if (!figures.has(key)) figures.set(key, figure(run));
      const made = figures.get(key);
      const caption = studio.word("sweep_grid", { trial, measure: measure.name, value: Number(value.toPrecision(4)) });
      made.querySelector("img").alt = caption;
      const [told, varied] = ["b", "span"].map((tag) => document.createElement(tag));
      [told.textContent, varied.textContent] = [caption, fields.map((field, i) => `${field}=${settings[i]}`).join(" ")];
      made.lastChild.replaceChildren(told, varied);
      return made;
    });
    section.hidden = !shown.length;
    if (shown.some((made, i) => place.children[i] !== made) || place.children.length > shown.length) place.replaceChildren(...shown);
  }

  new ResizeObserver(() => place.querySelectorAll("img").forEach((image) => { if (image.naturalWidth) fit(image); })).observe(place);
  return { show };
};
