// The page's poster: pictures of the run that it opens with, in the place of the first sheet until that is drawn.
import { link } from "../page/link.js";
import { scaleOf } from "../page/sheet.js";
import { studio } from "../page/studio.js";

const COLUMNS = 4; // of the first sheet
const GUTTER = 2;
const SMALL = 32; // pixels up to which pictures are enlarged with sharp edges

// Shows it in `figure`, unless a link opens with something else or `due()` is false by then.
export const poster = async (figure, due) => {
  if (link.opened) return;
  const early = Object.assign(new Image(), { src: studio.address("gradio_api/studio/poster") });
  try {
    await early.decode();
  } catch { // there is none
    return;
  }
  if (!due()) return;
  const size = [early.naturalWidth, early.naturalHeight];
  const sides = size.map((pixels) => (pixels - GUTTER) / COLUMNS - GUTTER);
  figure.dataset.poster = "";
  figure.hidden = false;
  const scale = scaleOf({ size, cell: Math.max(...sides) }, figure.clientWidth);
  const image = figure.querySelector(".picture");
  image.classList.toggle("pixelated", Math.max(...sides) <= SMALL);
  [image.style.width, image.style.height] = size.map((pixels) => `${pixels * scale}px`);
  image.src = early.src;
};
