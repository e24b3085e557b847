// A whole picture with its crop: dragging or the arrow keys move it, plus and minus or the slider resize it. It has the aspect
// of the network's pictures. Every change calls `moved(n, crop)`; a crop is [left, top, width] in the picture's own pixels.
// `view(n)` returns a picture's URL.
import { heightWidth, longer } from "../page/sizes.js";
import { studio } from "../page/studio.js";

export const createCropping = (panel, { moved, view }) => {
  const MOST = 360; // px of the picture's longer side
  const SEEN = 160; // px of the preview, at most
  const LEAST = 8; // pixels of a crop's shorter side
  const TINY = 64; // pixels of a picture that is shown pixelated, at most
  const part = (name) => panel.querySelector(`.crop-${name}`);
  const [whole, frame, seen, slider] = ["whole", "frame", "seen", "side"].map(part);
  const image = whole.querySelector("img");
  let picture = null; // as the server describes it
  let crop = null;
  let scale = 1; // px of a pixel
  let own = [1, 1]; // height and width of the network's pictures
  let held = null; // the pointer's position in the dragged crop: [x, y] in pixels from its corner

  const clamp = (value, most) => Math.round(Math.min(Math.max(value, 0), most));

  // As in studio/uploads/upload.py.
  const heightOf = (width) => Math.max(1, Math.min(picture.height, Math.round((width * own[0]) / own[1])));
  const largest = () => Math.max(1, Math.min(picture.width, Math.round((picture.height * own[1]) / own[0])));

  function change(left, top, width = crop[2]) {
    const within = Math.min(Math.max(Math.ceil(LEAST * Math.max(1, own[1] / own[0])), Math.round(width)), largest());
    const next = [clamp(left, picture.width - within), clamp(top, picture.height - heightOf(within)), within];
    if (String(next) === String(crop)) return;
    crop = next;
    lay();
    moved(picture.n, crop);
  }

  // Changes the width and keeps the centre.
  const resize = (width) => change(crop[0] + (crop[2] - width) / 2, crop[1] + (heightOf(crop[2]) - heightOf(width)) / 2, width);

  function lay() {
    const room = Math.min(MOST, panel.clientWidth || MOST);
    scale = room / Math.max(picture.width, picture.height);
    whole.style.width = `${picture.width * scale}px`;
    whole.style.height = `${picture.height * scale}px`;
    image.classList.toggle("pixelated", Math.max(picture.width, picture.height) <= TINY);
    const [left, top, across] = crop;
    const [x, y, width, height] = [left, top, across, heightOf(across)].map((length) => `${length * scale}px`);
    Object.assign(frame.style, { left: x, top: y, width, height });
    slider.max = largest();
    slider.value = across;
    speak();
  }

  function speak() {
    if (!picture) return;
    const { name, width, height } = picture;
    const [left, top, across] = crop;
    image.alt = studio.word("upload_whole", { name, width, height });
    part("name").textContent = image.alt;
    frame.ariaLabel = own[0] === own[1] ? studio.word("upload_frame", { left, top, side: across })
      : studio.word("upload_frame_wide", { left, top, width: across, height: heightOf(across) });
    slider.setAttribute("aria-valuetext", across);
  }

  // Shows a picture; `size` is that of the network's pictures.
  async function open(chosen, size) {
    own = heightWidth(size);
    const again = picture?.n === chosen.n;
    picture = chosen;
    crop = chosen.crop;
    panel.hidden = false;
    lay();
    if (again) return;
    image.removeAttribute("src");
    try {
      const source = await view(chosen.n);
      if (picture?.n === chosen.n) image.src = source;
    } catch { /* the picture was deleted meanwhile */ }
  }

  function close() {
    picture = null;
    panel.hidden = true;
  }

  // What the network sees, at a whole multiple.
  function show(source, { size, pixelated, transparent }) {
    const times = Math.max(1, Math.floor(SEEN / longer(size)));
    const [height, width] = heightWidth(size).map((side) => `${side * times}px`);
    if (source) seen.src = source;
    seen.alt = studio.word("upload_squares");
    seen.classList.toggle("pixelated", pixelated);
    seen.classList.toggle("transparent", transparent);
    Object.assign(seen.style, { width, height });
  }

  // ------------------------------------------------------------------------------------------------- pointer and keys

  function at({ clientX, clientY }) {
    const box = whole.getBoundingClientRect();
    return [(clientX - box.left) / scale, (clientY - box.top) / scale];
  }

  whole.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    const [x, y] = at(event);
    const [left, top, width] = crop;
    const height = heightOf(width);
    const inside = x >= left && x < left + width && y >= top && y < top + height;
    held = inside ? [x - left, y - top] : [width / 2, height / 2];
    whole.setPointerCapture(event.pointerId);
    frame.focus({ preventScroll: true });
    if (!inside) change(x - width / 2, y - height / 2);
  });
  whole.addEventListener("pointermove", (event) => {
    if (!held) return;
    const [x, y] = at(event);
    change(x - held[0], y - held[1]);
  });
  ["pointerup", "pointercancel"].forEach((name) => whole.addEventListener(name, () => { held = null; }));
  frame.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? 1 : Math.max(1, Math.round(Math.max(picture.width, picture.height) / 100));
    const [x, y] = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key] ?? [0, 0];
    const more = { "+": 2 * step, "=": 2 * step, "-": -2 * step }[event.key];
    if (!x && !y && !more) return;
    event.preventDefault();
    if (more) resize(crop[2] + more);
    else change(crop[0] + x, crop[1] + y);
  });
  slider.oninput = () => resize(Number(slider.value));
  part("centre").onclick = () => {
    const width = largest();
    change(Math.floor((picture.width - width) / 2), Math.floor((picture.height - heightOf(width)) / 2), width);
  };
  new ResizeObserver(() => { if (picture) lay(); }).observe(panel);

  return { open, close, show, speak, frame, number: () => picture?.n ?? null };
};
