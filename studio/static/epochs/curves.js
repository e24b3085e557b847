// The losses over the images seen, with the cursor. A click or drag calls `picked(images)`.
import { studio } from "../page/studio.js";

export const createCurves = (place, picked) => {
  const plot = () => place.querySelector("svg");
  const numbers = () => ["left", "width", "last"].map((name) => Number(plot().dataset[name]));
  let marked = 0;

  function mark(images) {
    marked = images;
    const cursor = plot()?.querySelector(".cursor");
    if (!cursor) return;
    const [left, width, last] = numbers();
    const x = left + width * Math.min(1, images / last);
    ["x1", "x2"].forEach((end) => cursor.setAttribute(end, x));
    cursor.setAttribute("visibility", "visible");
  }

  // `curves` is SVG with keys of words in braces; if missing, `reason` is the key of the reason and `detail` its detail.
  function draw({ curves, reason = "no_history", detail = "" }) {
    if (curves) place.innerHTML = studio.fill(curves, studio.words());
    else place.textContent = `${studio.word(reason)} ${detail}`.trim();
    plot()?.setAttribute("aria-label", studio.word("alt_curves"));
    mark(marked);
  }

  function follow({ clientX }) {
    const { left: edge, width: shown } = plot().getBoundingClientRect();
    const [left, width, last] = numbers();
    const x = ((clientX - edge) * plot().viewBox.baseVal.width) / shown;
    picked(Math.max(0, Math.min(1, (x - left) / width)) * last);
  }

  place.onpointerdown = (event) => {
    if (event.button || !plot()) return;
    place.setPointerCapture(event.pointerId);
    follow(event);
  };
  place.onpointermove = (event) => { if (place.hasPointerCapture(event.pointerId)) follow(event); };
  return { draw, mark, last: () => (plot() ? numbers()[2] : 0) }; // `last`: the images seen at the right end
};
