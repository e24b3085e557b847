// A whole picture with its crop square: dragging or the arrow keys move it, plus and minus or the slider resize it.
// Every change calls `moved(n, crop)`; a crop is [left, top, side] in the picture's own pixels. `view(n)` returns a picture's
// URL.
import { studio } from "../page/studio.js";

export const createCropping = (panel, { moved, view }) => {
  const MOST = 360; // px of the picture's longer side
  const SEEN = 160; // px of the preview, at most
  const LEAST = 8; // pixels of a square's side
  const TINY = 64; // pixels of a picture that is shown pixelated, at most
  const part = (name) => panel.querySelector(`.crop-${name}`);
  const [whole, frame, seen, slider] = ["whole", "frame", "seen", "side"].map(part);
  const image = whole.querySelector("img");
  let picture = null; // as the server describes it
  let crop = null;
  let scale = 1; // px of a pixel
  let held = null; // the pointer's position in the dragged square: [x, y] in pixels from its corner

  const clamp = (value, most) => Math.round(Math.min(Math.max(value, 0), most));

  function change(left, top, side = crop[2]) {
    const most = Math.min(picture.width, picture.height);
    const within = Math.max(LEAST, Math.min(Math.round(side), most));
    const next = [clamp(left, picture.width - within), clamp(top, picture.height - within), within];
    if (String(next) === String(crop)) return;
    crop = next;
    lay();
    moved(picture.n, crop);
  }

  // Changes the side and keeps the centre.
  const resize = (side) => change(crop[0] + (crop[2] - side) / 2, crop[1] + (crop[2] - side) / 2, side);

  function lay() {
    const room = Math.min(MOST, panel.clientWidth || MOST);
    scale = room / Math.max(picture.width, picture.height);
    whole.style.width = `${picture.width * scale}px`;
    whole.style.height = `${picture.height * scale}px`;
    image.classList.toggle("pixelated", Math.max(picture.width, picture.height) <= TINY);
    const [left, top, side] = crop;
    Object.assign(frame.style, { left: `${left * scale}px`, top: `${top * scale}px`, width: `${side * scale}px`, height: `${side * scale}px` });
    slider.max = Math.min(picture.width, picture.height);
    slider.value = side;
    speak();
  }

  function speak() {
    if (!picture) return;
    const { name, width, height } = picture;
    const [left, top, side] = crop;
    image.alt = studio.word("upload_whole", { name, width, height });
    part("name").textContent = image.alt;
    frame.ariaLabel = studio.word("upload_frame", { left, top, side });
    slider.setAttribute("aria-valuetext", side);
  }

  async function open(chosen) {
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
  function show(source, size, pixelated) {
    const side = Math.max(1, Math.floor(SEEN / size)) * size;
    if (source) seen.src = source;
    seen.alt = studio.word("upload_squares");
    seen.classList.toggle("pixelated", pixelated);
    seen.style.width = seen.style.height = `${side}px`;
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
    const [left, top, side] = crop;
    const inside = x >= left && x < left + side && y >= top && y < top + side;
    held = inside ? [x - left, y - top] : [side / 2, side / 2];
    whole.setPointerCapture(event.pointerId);
    frame.focus({ preventScroll: true });
    if (!inside) change(x - side / 2, y - side / 2);
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
    const side = Math.min(picture.width, picture.height);
    change(Math.floor((picture.width - side) / 2), Math.floor((picture.height - side) / 2), side);
  };
  new ResizeObserver(() => { if (picture) lay(); }).observe(panel);

  return { open, close, show, speak, frame, number: () => picture?.n ?? null };
};
