// The cropped squares in a grid with arrow-key navigation. Choosing one calls `chosen(n, by)`, `by` true for a key;
// removing one calls `out(n)`.
import { present } from "../page/present.js";
import { heightWidth, longer, setSides } from "../page/sizes.js";
import { studio } from "../page/studio.js";

export const createSquares = (grid, { chosen, out }) => {
  const COMFORTABLE = 96; // px of a square's side, or of the longer side of another rectangle, about
  const COLUMNS = 3; // at least, unless a square would be scaled down
  const GUTTER = 2; // px
  const tiles = new Map(); // by the picture's number
  let pictures = [];
  let size = 1; // of the network's pictures
  let current = null; // the number of the square in the crop view
  let walked = null; // the number of the square at the keyboard cursor

  function tile(n) {
    const button = Object.assign(document.createElement("button"), { type: "button" });
    button.append(Object.assign(document.createElement("img"), { className: "picture", alt: "" }));
    button.onclick = ({ detail }) => { walked = n; chosen(n, detail === 0); };
    tiles.set(n, button);
    return button;
  }

  // A whole multiple of the squares' own size.
  function fit() {
    const zoom = present.zoom();
    const most = (grid.parentElement.clientWidth - GUTTER) / COLUMNS - GUTTER;
    const scale = Math.min(Math.round((COMFORTABLE * zoom) / longer(size)), Math.floor((most * zoom) / heightWidth(size)[1]));
    setSides(grid, size, Math.max(1, scale) / zoom);
  }

  // Shows pictures as the server describes them; `source(picture)` is the square's URL, undefined while it loads.
  function show(described, { size: own, pixelated, transparent, source }) {
    [pictures, size] = [described, own];
    fit();
    const inside = grid.contains(document.activeElement);
    const kept = new Set(described.map(({ n }) => n));
    tiles.forEach((button, n) => { if (!kept.has(n)) { button.remove(); tiles.delete(n); } });
    described.forEach((picture, i) => {
      const button = tiles.get(picture.n) ?? tile(picture.n);
      const [image] = button.children;
      const url = source(picture);
      if (url && image.src !== url) image.src = url;
      image.hidden = !image.src;
      image.classList.toggle("pixelated", pixelated);
      image.classList.toggle("transparent", transparent);
      button.dataset.double = picture.duplicate_of !== null ? "exact" : picture.near_of !== null ? "near" : "";
      if (grid.children[i] !== button) grid.insertBefore(button, grid.children[i] ?? null);
    });
    mark();
    if (inside && !grid.contains(document.activeElement)) tiles.get(walked)?.focus();
  }

  const place = (n) => pictures.findIndex((picture) => picture.n === n) + 1;

  function mark() {
    if (!tiles.has(walked)) walked = tiles.has(current) ? current : pictures[0]?.n;
    pictures.forEach(({ n, name, duplicate_of: exact, near_of: near }, i) => {
      const button = tiles.get(n);
      const values = { number: i + 1, num: pictures.length, name, other: place(exact ?? near) };
      const alone = studio.word("upload_square", values);
      button.ariaLabel = exact !== null ? studio.word("upload_square_exact", values)
        : near !== null ? studio.word("upload_square_near", values) : alone;
      button.setAttribute("aria-pressed", n === current);
      button.tabIndex = n === walked ? 0 : -1;
    });
  }

  function choose(n) {
    current = n;
    mark();
  }

  function focus(n) {
    walked = n;
    mark();
    tiles.get(n)?.focus();
  }

  // The number of squares in the first row.
  function columns() {
    const [first] = grid.children;
    const below = [...grid.children].findIndex((button) => button.offsetTop > first.offsetTop);
    return below < 0 ? grid.children.length : below;
  }

  grid.addEventListener("keydown", (event) => {
    const at = pictures.findIndex(({ n }) => n === walked);
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      const gone = walked;
      walked = (pictures[at + 1] ?? pictures[at - 1])?.n;
      return out(gone);
    }
    const row = columns();
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - row, ArrowDown: at + row, Home: 0, End: pictures.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    if (pictures[to]) focus(pictures[to].n);
  });

  new ResizeObserver(fit).observe(grid.parentElement);
  return { show, choose, focus, place, speak: mark };
};
