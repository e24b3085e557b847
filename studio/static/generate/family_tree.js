// The view of a family: a button for each node, lines from parents to children; and the same as a PNG file. `picked(node)` is called
// for a click, `named(node, i)` is its name, `picture(node)` its ImageData once drawn.
import { engine } from "../page/engine.js";
import { png } from "../page/png.js";
import { heightWidth, longer, setSides } from "../page/sizes.js";
import { studio } from "../page/studio.js";

export const createFamilyTree = (place, family, { picked, named, picture }) => {
  const SIDE = 64; // px of a picture's longer side at most
  const GAP = [28, 12]; // px between columns and between rows
  const EDGE = 6; // px around all
  const [FILE_SCALE, FONT] = [2, 13]; // of the file, which is for print and posts
  const buttons = new Map(); // by node
  const lines = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  lines.setAttribute("aria-hidden", "true");
  let chosen = null;

  const scale = () => Math.max(1, Math.floor(SIDE / longer(engine.run().size)));

  // Where everything lies: { size: [width, height], cell: [width, height], places: [{ node, at: [x, y] }], ways: [{ path, second }] }.
  function plan() {
    const cell = heightWidth(engine.run().size).map((side) => side * scale()).reverse();
    const laid = family.layout();
    const at = ({ column, row }) => [column, row].map((number, i) => EDGE + number * (cell[i] + GAP[i]));
    const places = laid.map((one) => ({ node: one.node, at: at(one) }));
    const placeOf = new Map(places.map(({ node, at: place }) => [node, place]));
    const ways = places.flatMap(({ node, at: [x, y] }) => node.parents.filter((parent) => placeOf.has(parent)).map((parent, i) => {
      const [from, level] = placeOf.get(parent);
      const [left, up, down] = [from + cell[0], level + cell[1] / 2, y + cell[1] / 2];
      return { path: `M${left} ${up}C${left + GAP[0] / 2} ${up} ${x - GAP[0] / 2} ${down} ${x} ${down}`, second: i > 0 };
    }));
    const size = [0, 1].map((i) => Math.max(0, ...places.map(({ at: place }) => place[i])) + cell[i] + EDGE);
    return { size, cell, places, ways };
  }

  function buttonOf(node) {
    const button = Object.assign(document.createElement("button"), { type: "button" });
    button.append(engine.picture(null, new ImageData(1, 1)));
    button.onclick = () => picked(node);
    return button;
  }

  // Shows the family; `current` is the node of the chosen picture, or null.
  function show(current) {
    chosen = current;
    if (!engine.run()) return;
    const { size: [width, height], places, ways } = plan();
    setSides(place, engine.run().size, scale());
    place.style.width = `${width}px`;
    place.style.height = `${height}px`;
    lines.setAttribute("viewBox", `0 0 ${width} ${height}`);
    lines.innerHTML = ways.map(({ path, second }) => `<path d="${path}" ${second ? 'stroke-dasharray="4 4"' : ""}/>`).join("");
    [...buttons.keys()].filter((node) => !family.nodes().includes(node)).forEach((node) => buttons.delete(node));
    places.forEach(({ node, at: [x, y] }, i) => {
      if (!buttons.has(node)) buttons.set(node, buttonOf(node));
      const button = buttons.get(node);
      if (picture(node)) engine.picture(button.firstElementChild, picture(node));
      Object.assign(button.style, { left: `${x}px`, top: `${y}px` });
      button.ariaLabel = named(node, i);
      button.setAttribute("aria-current", node === current);
    });
    const wanted = [lines, ...places.map(({ node }) => buttons.get(node))];
    if (wanted.some((one, i) => place.children[i] !== one) || place.childElementCount > wanted.length) {
      const focused = document.activeElement;
      place.replaceChildren(...wanted);
      if (place.contains(focused)) focused.focus({ preventScroll: true });
    }
    bring(buttons.get(current));
  }

  // Scrolls a button into the box, sideways only.
  function bring(button) {
    const box = place.parentElement;
    if (!button || !box.clientWidth) return;
    const [left, right] = [button.offsetLeft, button.offsetLeft + button.offsetWidth];
    if (left < box.scrollLeft || right > box.scrollLeft + box.clientWidth) box.scrollLeft = right - box.clientWidth + GAP[0];
  }

  // The tree as a PNG file with `caption` below and `settings` inside, a Blob.
  async function file(caption, settings) {
    const { size, cell, places, ways } = plan();
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d");
    const look = getComputedStyle(document.documentElement);
    const [paper, ink, edge] = ["--paper", "--ink", "--edge"].map((name) => look.getPropertyValue(name)); // the light page's
    context.font = `${FONT}px monospace`;
    const width = Math.max(size[0], context.measureText(caption).width + 2 * EDGE);
    [canvas.width, canvas.height] = [width, size[1] + 2 * FONT].map((side) => Math.ceil(side * FILE_SCALE));
    context.scale(FILE_SCALE, FILE_SCALE);
    Object.assign(context, { fillStyle: paper, strokeStyle: edge, imageSmoothingEnabled: !engine.run().pixelated, font: `${FONT}px monospace` });
    context.fillRect(0, 0, canvas.width, canvas.height);
    ways.forEach(({ path, second }) => {
      context.setLineDash(second ? [4, 4] : []);
      context.stroke(new Path2D(path));
    });
    places.filter(({ node }) => picture(node)).forEach(({ node, at }) => {
      context.drawImage(engine.picture(null, picture(node)), ...at, ...cell);
    });
    context.fillStyle = ink;
    context.fillText(caption, EDGE, size[1] + FONT);
    return png.file(canvas, settings);
  }

  studio.follow(() => { if (buttons.size) show(chosen); });
  return { show, file };
};
