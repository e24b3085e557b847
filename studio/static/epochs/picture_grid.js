// A grid of small pictures on grey, each a button over its canvas. Tab reaches one of them; the keys up and down move
// by `stride`. A click calls `pressed(index)`.
import { engine } from "../page/engine.js";
import { present } from "../page/present.js";

export const createPictureGrid = (place, { pressed, stride = () => 1 }) => {
  const cells = [];
  let current = 0;

  function reach(index, focus) {
    current = Math.max(0, Math.min(index, cells.length - 1));
    cells.forEach((cell, i) => { cell.tabIndex = i === current ? 0 : -1; });
    if (focus) cells[current]?.focus();
  }

  function add() {
    const index = cells.length;
    const cell = Object.assign(document.createElement("button"), { type: "button", className: "cell" });
    cell.append(engine.picture(null, new ImageData(1, 1)));
    cell.onfocus = () => reach(index);
    cell.onclick = () => pressed(index);
    cells.push(cell);
    place.append(cell);
  }

  // `num` cells of `side` pixels, `columns` to a row, with pictures of `drawn` pixels in their middle.
  function lay({ num, columns, side, drawn = side }) {
    while (cells.length > num) cells.pop().remove();
    while (cells.length < num) add();
    const sizes = { "--columns": columns, "--side": `${side}px`, "--drawn": `${drawn}px`, "--gap": `${layout.gap()}px` };
    Object.entries(sizes).forEach(([name, value]) => place.style.setProperty(name, value));
    reach(current);
  }

  // Shows a picture of the run of `facts`.
  function show(index, picture, facts) {
    if (picture && cells[index]) engine.picture(cells[index].firstChild, picture, facts);
  }

  place.addEventListener("keydown", (event) => {
    const way = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!way || !event.target.closest(".cell")) return;
    event.preventDefault();
    const wanted = current + way * stride();
    if (cells[wanted]) reach(wanted, true);
  });

  return {
    lay, show, reach,
    name: (index, text) => { if (cells[index]) cells[index].ariaLabel = text; },
    at: (target) => cells.indexOf(target.closest?.(".cell")),
    focused: () => cells.includes(document.activeElement),
    current: () => current,
  };
};

// Lays out pictures of `size` pixels at whole multiples or whole parts of their size, with gutters of two pixels. Lengths
// in and out are CSS pixels; the computation is in device pixels.
export const layout = (() => {
  const GAP = 2;
  const PARTS = [1 / 2, 1 / 3, 1 / 4];
  const LARGEST = 192;
  const own = (length) => length * present.zoom() + 1e-6; // keeps whole numbers whole
  const gutter = () => Math.round(GAP * present.zoom());
  const factors = (size) => [...Array(Math.max(1, Math.floor(own(LARGEST) / size))).keys()].map((i) => i + 1).reverse();
  const across = (columns, side) => columns * (side + gutter()) + gutter();
  const given = ({ columns, side }) => ({ columns, side: side / present.zoom() });

  // `num` pictures in full rows, as large as fits.
  function screen(num, size, width, height) {
    const counts = [...Array(num).keys()].map((i) => num - i).filter((columns) => num % columns === 0);
    for (const side of [...factors(size), ...PARTS].map((factor) => Math.floor(size * factor))) {
      const columns = counts.find((count) => across(count, side) <= own(width));
      if (columns && across(num / columns, side) <= own(height)) return given({ columns, side });
    }
    return given({ columns: counts.find((count) => across(count, 16) <= own(width)) ?? 1, side: 16 });
  }

  // Columns of a strip: all of `most` at a multiple of the size, or as many as there is room for at a part of it.
  function strip(most, size, width) {
    const least = Math.ceil(present.zoom()); // the factor that keeps a picture's size at zoom 1
    const fit = (side) => Math.min(most, Math.floor((own(width) - gutter()) / (side + gutter())));
    const whole = factors(size).filter((factor) => factor >= least && factor <= 3 * least).find((factor) => fit(size * factor) === most);
    const factor = whole ?? [least, 1, ...PARTS].find((part) => fit(size * part) >= Math.min(most, 8)) ?? PARTS.at(-1);
    const side = Math.floor(size * factor);
    return given({ columns: Math.max(1, fit(side)), side });
  }

  // The largest whole multiple of `size` in a cell of `side` pixels; the cell itself where not even one fits.
  const within = (size, side) => (Math.floor(own(side) / size) * size) / present.zoom() || side;

  return { screen, strip, within, gap: () => gutter() / present.zoom() };
})();
