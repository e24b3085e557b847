// A brush over a picture: paints fields of a grid with mouse, pen, touch or keys. `painted()` is called after every change.
export const createBrush = (canvas, colour, painted) => {
  const STEP = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const FIELD = 12; // pixels of the canvas by field
  let [rows, columns] = [1, 1];
  let area = new Uint8Array(1);
  let cursor = null; // row and column, while it is moved by keys
  let held = null; // the value that the pointer paints

  function show() {
    [canvas.width, canvas.height] = [columns * FIELD, rows * FIELD];
    const context = canvas.getContext("2d");
    context.fillStyle = context.strokeStyle = colour();
    context.globalAlpha = 0.5;
    area.forEach((on, i) => { if (on) context.fillRect((i % columns) * FIELD, Math.floor(i / columns) * FIELD, FIELD, FIELD); });
    context.globalAlpha = 1;
    context.lineWidth = 2;
    if (cursor) context.strokeRect(cursor[1] * FIELD + 1, cursor[0] * FIELD + 1, FIELD - 2, FIELD - 2);
  }

  function set(next, size = [rows, columns]) {
    [rows, columns] = size;
    area = next ?? new Uint8Array(rows * columns);
    show();
  }

  // Paints the fields around a place, which the fingers of a hand can hit.
  function dab([row, column], value, reach = 1) {
    area = area.map((on, i) => {
      const near = Math.hypot(Math.floor(i / columns) - row, (i % columns) - column) <= reach;
      return near ? value : on;
    });
    show();
  }

  const fieldAt = (event) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return [Math.floor(((event.clientY - top) / height) * rows), Math.floor(((event.clientX - left) / width) * columns)];
  };
  const isOn = ([row, column]) => area[row * columns + column] === 1;

  canvas.onpointerdown = (event) => {
    canvas.setPointerCapture(event.pointerId);
    cursor = null;
    held = isOn(fieldAt(event)) ? 0 : 1;
    dab(fieldAt(event), held);
  };
  canvas.onpointermove = (event) => { if (held !== null) dab(fieldAt(event), held); };
  canvas.onpointerup = canvas.onpointercancel = () => {
    if (held === null) return;
    held = null;
    painted();
  };
  canvas.onkeydown = (event) => {
    const step = STEP[event.key];
    if (step || event.key === " ") event.preventDefault();
    cursor ??= [rows >> 1, columns >> 1];
    if (step) cursor = [Math.min(rows - 1, Math.max(0, cursor[0] + step[0])), Math.min(columns - 1, Math.max(0, cursor[1] + step[1]))];
    if (event.key === " ") {
      dab(cursor, isOn(cursor) ? 0 : 1);
      painted();
    }
    show();
  };
  canvas.onblur = () => { cursor = null; show(); };

  return { set, show, area: () => (area.some(Boolean) ? area : null) };
};
