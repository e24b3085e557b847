// A square to draw on, of the size of a run's pictures: strokes by pointer or keyboard over a ground or a picture, with undo.
// Positions and widths are in the run's pixels, so that strokes can be drawn at any scale.
//
// `changed(whole)` is called after every stroke, and with true when a picture was laid; `dragging()` while a drag goes on.
//
// A stroke is { points: [[x, y]], width, colour: CSS, kind } of a kind below; a drag has two points, its handle
// and its target, and a patch of its width.
import { heightWidth } from "../page/sizes.js";

const MARKS = { keep: "rgb(143 166 232 / .6)", free: "rgb(224 165 38 / .6)" }; // colours of what must stay, and of what may move

export const createDrawing = (canvas, changed, dragging) => {
  const SHARP = 8; // pixels of the canvas for one of the run's
  const STEP = 0.5; // run pixels of an arrow key
  let size = [1, 1]; // height and width
  let ground = "#000";
  let layers = []; // strokes and pictures, { picture: a canvas or bitmap }
  let pen = { kind: "pen", width: 2, colour: "#fff" };
  let held = null; // the stroke being drawn
  let cursor = null; // of the keyboard: [x, y]

  const context = canvas.getContext("2d");

  // ------------------------------------------------------------------------------------------------- painting

  // Draws the layers into `into`, `scale` of its pixels for one of the run's, after `moved(context)`, with or without marks.
  function render(into, scale, { moved = () => {}, marks = false } = {}) {
    into.setTransform(1, 0, 0, 1, 0, 0);
    into.clearRect(0, 0, into.canvas.width, into.canvas.height);
    into.fillStyle = ground;
    if (ground) into.fillRect(0, 0, into.canvas.width, into.canvas.height);
    into.scale(scale, scale);
    moved(into);
    layers.forEach((layer) => (layer.picture ? lay(into, layer) : trace(into, layer, marks)));
  }

  function lay(into, { picture, smooth }) {
    into.imageSmoothingEnabled = smooth;
    into.imageSmoothingQuality = "high";
    into.drawImage(picture, 0, 0, size[1], size[0]);
  }

  function trace(into, { points, width, colour, kind }, marks) {
    if ((kind in MARKS || kind === "drag") && !marks) return;
    if (kind === "drag") return arrow(into, points, width);
    into.globalCompositeOperation = kind === "eraser" && !ground ? "destination-out" : "source-over";
    into.strokeStyle = into.fillStyle = kind === "eraser" ? ground ?? "#000" : MARKS[kind] ?? colour;
    Object.assign(into, { lineWidth: width, lineCap: "round", lineJoin: "round" });
    into.beginPath();
    into.moveTo(...points[0]);
    if (points.length === 1) into.lineTo(points[0][0] + 1e-3, points[0][1]);
    points.slice(1).forEach((point) => into.lineTo(...point));
    into.stroke();
    into.globalCompositeOperation = "source-over";
  }

  // A drag: a line from its handle to its target, a ring around each.
  function arrow(into, points, width) {
    for (const [colour, wide] of [["#FAF9F6", 3.5], ["#16181D", 1.5]]) {
      Object.assign(into, { strokeStyle: colour, lineWidth: wide / SHARP });
      into.beginPath();
      into.moveTo(...points[0]);
      into.lineTo(...points.at(-1));
      [points[0], points.at(-1)].forEach(([x, y], i) => {
        into.moveTo(x + (i ? 0.25 : 0.5) * width, y);
        into.arc(x, y, (i ? 0.25 : 0.5) * width, 0, 2 * Math.PI);
      });
      into.stroke();
    }
  }

  function show() {
    render(context, SHARP, { marks: true });
    if (!cursor || document.activeElement !== canvas) return;
    for (const [colour, wide] of [["#FAF9F6", 0.6], ["#16181D", 0.25]]) {
      Object.assign(context, { strokeStyle: colour, lineWidth: wide });
      context.beginPath();
      context.arc(...cursor, Math.max(1, pen.width / 2), 0, 2 * Math.PI);
      context.stroke();
    }
  }

  // The layers as { data, width, height } in the run's pixels: the means of SHARP x SHARP points, so that edges are smooth.
  function picture(moved) {
    const [height, width] = size;
    const fine = new OffscreenCanvas(width * SHARP, height * SHARP).getContext("2d", { willReadFrequently: true });
    render(fine, SHARP, { moved });
    return reduced(fine);
  }

  function reduced(fine) {
    const [height, width] = size;
    const { data } = fine.getImageData(0, 0, width * SHARP, height * SHARP);
    const sums = new Float32Array(4 * width * height);
    for (let y = 0, from = 0; y < height * SHARP; y++) {
      for (let x = 0; x < width * SHARP; x++, from += 4) {
        const at = 4 * (Math.floor(y / SHARP) * width + Math.floor(x / SHARP));
        const alpha = data[from + 3];
        for (let i = 0; i < 3; i++) sums[at + i] += data[from + i] * alpha;
        sums[at + 3] += alpha;
      }
    }
    const mean = new ImageData(width, height);
    for (let at = 0; at < sums.length; at += 4) {
      for (let i = 0; i < 3; i++) mean.data[at + i] = sums[at + 3] ? sums[at + i] / sums[at + 3] : 0;
      mean.data[at + 3] = sums[at + 3] / SHARP ** 2;
    }
    return mean;
  }

  // Where strokes of these kinds lie: a Float32Array of 0 to 1.
  function covered(...kinds) {
    const [height, width] = size;
    const fine = new OffscreenCanvas(width * SHARP, height * SHARP).getContext("2d", { willReadFrequently: true });
    fine.scale(SHARP, SHARP);
    layers.filter(({ kind }) => kinds.includes(kind)).forEach((stroke) => trace(fine, { ...stroke, kind: "pen", colour: "#fff" }));
    const { data } = reduced(fine);
    return Float32Array.from({ length: width * height }, (_, i) => data[4 * i + 3] / 255);
  }

  // What must stay: what is marked so, and where anything is marked as free to move, all but that.
  function kept() {
    const stays = covered("keep");
    if (!layers.some(({ kind }) => kind === "free")) return stays;
    const free = covered("free");
    return stays.map((share, i) => Math.max(share, 1 - free[i]));
  }

  // ------------------------------------------------------------------------------------------------- changes

  function put(next, whole = false) {
    layers = next;
    show();
    changed(whole);
  }

  const undo = () => put(layers.slice(0, -1));
  const clear = () => put([]);

  // Lays a picture below everything; `smooth` unless it has the run's size.
  const take = (picture, smooth = false) => put([{ picture, smooth }], true);

  function fit(facts, colour) {
    size = heightWidth(facts.size);
    ground = colour;
    [canvas.height, canvas.width] = size.map((side) => side * SHARP);
    [layers, cursor, held] = [[], null, null];
    show();
  }

  function begin(point) {
    held = { ...pen, points: [point] };
    layers = [...layers, held];
    show();
  }

  function draw(point) {
    if (held.kind === "drag") held.points = [held.points[0], point];
    else held.points.push(point);
    show();
    if (held.kind === "drag") dragging();
  }

  function end() {
    if (!held) return;
    held = null;
    changed(false);
  }

  const at = ({ clientX, clientY }) => {
    const box = canvas.getBoundingClientRect();
    return [((clientX - box.left) / box.width) * size[1], ((clientY - box.top) / box.height) * size[0]];
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    canvas.focus({ preventScroll: true });
    canvas.setPointerCapture(event.pointerId);
    cursor = null;
    begin(at(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!held) return;
    (event.getCoalescedEvents?.() ?? [event]).forEach((one) => draw(at(one)));
  });
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, end);

  // Arrows move the cursor, Space puts the pen down and lifts it.
  canvas.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && layers.length) {
      event.preventDefault();
      event.stopPropagation();
      return undo();
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (!x && !y && event.key !== " ") return;
    event.preventDefault();
    cursor ??= [size[1] / 2, size[0] / 2];
    if (event.key === " ") {
      if (held) end();
      else begin([...cursor]);
      return;
    }
    const step = event.shiftKey ? 4 * STEP : STEP;
    cursor = [Math.min(size[1], Math.max(0, cursor[0] + x * step)), Math.min(size[0], Math.max(0, cursor[1] + y * step))];
    if (held) draw([...cursor]);
    else show();
  });
  canvas.addEventListener("blur", () => { end(); show(); });
  canvas.addEventListener("focus", show);

  return {
    fit, picture, kept, undo, clear, take,
    use: (patch) => { pen = { ...pen, ...patch }; },
    painted: () => covered("pen", "eraser"),
    size: () => size,
    empty: () => !layers.length,
    drags: () => layers.filter(({ kind }) => kind === "drag")
      .map(({ points, width }) => ({ from: points[0], to: points.at(-1), radius: width / 2 })),
    strokes: () => layers.filter(({ points }) => points).length,
    based: () => layers.some(({ picture }) => picture),
  };
};
