// Parallel coordinates of a sweep: a line for each trial, across an axis for each setting and one for the measure. A range of an
// axis, chosen by mouse, touch or keyboard, leaves the lines that pass through it. The page of `python app.py` draws them by this
// script, and the report of `python -m ganlib.sweep`.
//
// coordinates(place, settings) returns draw({ axes, lines }).
// An axis is { name, texts }, or { name, low, high, log, whole, down }; a `down` one has its smallest number above.
// A line is { trial, state, values }, the best line first; a value is null where it isn't known.
// Settings: word(key, values) returns a text; href(trial) the address of a line, or null; pressed(trial, event) is called with a
// line that was chosen, narrowed(trials) with the Set of those that the chosen ranges leave, null for all.

export const coordinates = (element, { word, href, pressed = () => {}, narrowed = () => {} }) => {
  const [TOP, LENGTH, BOTTOM] = [56, 260, 28]; // of upright axes
  const [MARGIN, LEAST, MOST] = [64, 104, 210]; // beside them and between two
  const [ROW, EDGE] = [84, 18]; // of axes that lie, where the place is narrow
  const THICK = 44; // of what takes a finger
  const [STEPS, NEAR, CLICK] = [20, 14, 4]; // steps of a key along an axis; pixels to a handle; pixels that are no drag
  const said = Object.assign(document.createElement("p"), { className: "coordinates-said" });
  const [count, all] = ["span", "button"].map((tag) => document.createElement(tag));
  const svg = made("svg", { class: "coordinates", role: "group" });
  let data = { axes: [], lines: [] };
  let ranges = []; // of each axis the places between which lines pass
  let parts = []; // of each axis its bar and its two handles
  let links = []; // of each line, in their order
  let width = 0;

  function made(name, attributes, ...children) {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    Object.entries(attributes).forEach(([key, value]) => node.setAttribute(key, value));
    node.append(...children);
    return node;
  }

  // ------------------------------------------------------------------------------------------------- places

  // Where a value is on its axis, from 0 below to 1 above.
  function placeOf({ texts, low, high, log, down }, value) {
    if (texts) return (texts.indexOf(value) + 0.5) / texts.length;
    const scale = log ? Math.log : Number;
    const share = (scale(value) - scale(low)) / (scale(high) - scale(low) || 1);
    return down ? 1 - share : share;
  }

  function textAt({ texts, low, high, log, whole, down }, at) {
    if (texts) return texts[Math.min(texts.length - 1, Math.floor(at * texts.length))];
    const share = down ? 1 - at : at;
    const value = log ? low * (high / low) ** share : low + (high - low) * share;
    return String(whole ? Math.round(value) : Number(value.toPrecision(4)));
  }

  // The places of an axis that have a text.
  const marksOf = (axis) => (
    axis.texts ? axis.texts.map((text) => [placeOf(axis, text), text]) : [0, 1].map((at) => [at, textAt(axis, at)])
  );

  const upright = () => width >= 2 * MARGIN + LEAST * (data.axes.length - 1);
  const apart = () => Math.min(MOST, (width - 2 * MARGIN) / Math.max(1, data.axes.length - 1));
  const point = (axis, at) => (upright()
    ? [MARGIN + apart() * axis, TOP + LENGTH * (1 - at)]
    : [EDGE + (width - 2 * EDGE) * at, ROW * (axis + 0.6)]);

  function shareAt({ clientX, clientY }) {
    const { left, top } = svg.getBoundingClientRect();
    const at = upright() ? 1 - (clientY - top - TOP) / LENGTH : (clientX - left - EDGE) / (width - 2 * EDGE);
    return Math.min(1, Math.max(0, at));
  }

  const length = () => (upright() ? LENGTH : width - 2 * EDGE);

  // ------------------------------------------------------------------------------------------------- lines

  const whole = ([low, high]) => low === 0 && high === 1;
  const passes = ({ values }) => ranges.every((range, i) => {
    if (whole(range)) return true;
    if (values[i] === null) return false;
    const at = placeOf(data.axes[i], values[i]);
    return at >= range[0] - 1e-9 && at <= range[1] + 1e-9;
  });

  function link(line, rank) {
    const places = line.values.flatMap((value, i) => (value === null ? [] : [point(i, placeOf(data.axes[i], value))]));
    const points = places.map((place) => place.map((one) => one.toFixed(1)).join()).join(" ");
    const value = line.values.at(-1);
    const told = word(value === null ? "sweep_line_begun" : "sweep_line", {
      trial: line.trial, state: word(`sweep_${line.state}`), measure: data.axes.at(-1).name, value: value === null ? "" : Number(value.toPrecision(4)),
    });
    const title = made("title", {}, told);
    const node = made("a", { class: line.state, "aria-label": told, style: `--share: ${(1 - 0.75 * (rank / data.lines.length)).toFixed(2)}` },
      title, made("polyline", { class: "target", points }), made("polyline", { class: "drawn", points }));
    node.dataset.trial = line.trial;
    const address = href(line.trial);
    if (address !== null) node.setAttribute("href", address);
    else node.setAttribute("role", "img");
    node.onclick = (event) => pressed(line.trial, event);
    node.onkeydown = (event) => walk(event, rank);
    return node;
  }

  // One line is in the order of the Tab key; arrows go to the next better or worse.
  function walk(event, rank) {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    let next = rank + step;
    while (links[next] && links[next].classList.contains("out")) next += step;
    if (!links[next]) return;
    links.forEach((node, i) => node.setAttribute("tabindex", i === next ? 0 : -1));
    links[next].focus();
  }

  // ------------------------------------------------------------------------------------------------- axes

  function axisOf(axis, i) {
    const [[x1, y1], [x2, y2]] = [point(i, 0), point(i, 1)];
    const name = made("text", upright() ? { class: "name", x: x1, y: 20 } : { class: "name lying", x: EDGE, y: y1 - 22 }, axis.name);
    const marks = marksOf(axis).map(([at, text]) => {
      const [x, y] = point(i, at);
      const anchor = upright() || (at > 0 && at < 1) ? "middle" : at ? "end" : "start";
      return made("text", { x, y: upright() ? y + (at === 0 ? 24 : -14) : y + 26, "text-anchor": anchor }, text);
    });
    const bar = made("line", { class: "bar" });
    const box = upright() ? { x: x1 - THICK / 2, y: y2 - NEAR, width: THICK, height: LENGTH + 2 * NEAR }
      : { x: x1 - EDGE, y: y1 - THICK / 2, width, height: THICK };
    const grip = made("rect", { class: "grip", ...box });
    const handles = ["sweep_from", "sweep_to"].map((key, end) => handle(axis, i, end, key));
    drag(grip, i);
    parts[i] = { bar, handles };
    return [made("line", { class: "axis", x1, y1, x2, y2 }), bar, name, ...marks, grip, ...handles];
  }

  function handle(axis, i, end, key) {
    const size = upright() ? { x: -11, y: -4, width: 22, height: 8 } : { x: -4, y: -11, width: 8, height: 22 };
    const node = made("g", {
      class: "handle", role: "slider", tabindex: 0, "aria-label": word(key, { axis: axis.name }), "aria-valuemin": 0, "aria-valuemax": 100,
      "aria-orientation": upright() ? "vertical" : "horizontal",
    }, made("rect", size));
    const step = 1 / (axis.texts?.length ?? STEPS);
    node.onkeydown = (event) => {
      const by = { ArrowUp: step, ArrowRight: step, ArrowDown: -step, ArrowLeft: -step, PageUp: 4 * step, PageDown: -4 * step, Home: -1, End: 1 }[event.key];
      if (event.key === "Escape") set(i, [0, 1]);
      else if (by) move(i, end, ranges[i][end] + by);
      else return;
      event.preventDefault();
    };
    return node;
  }

  // Moves an end of an axis' range to a place, though not beyond the other.
  function move(i, end, at) {
    const range = [...ranges[i]];
    const [low, high] = end ? [range[0], 1] : [0, range[1]];
    range[end] = Math.round(1e6 * Math.min(high, Math.max(low, at))) / 1e6;
    set(i, range);
  }

  // A drag along an axis chooses a range, or moves the end at which it begins; a click beside the ends takes the range away.
  function drag(grip, i) {
    let held = null; // { end, from, x, y }: the end that moves, or null and the place where a new range begins

    grip.onpointerdown = (event) => {
      const at = shareAt(event);
      const away = ranges[i].map((end) => Math.abs(end - at) * length());
      const end = Math.min(...away) > NEAR ? null : away.indexOf(Math.min(...away));
      held = { end, from: at, x: event.clientX, y: event.clientY, moved: false };
      grip.setPointerCapture(event.pointerId);
    };
    grip.onpointermove = (event) => {
      if (!held) return;
      held.moved ||= Math.hypot(event.clientX - held.x, event.clientY - held.y) >= CLICK;
      if (!held.moved) return;
      const at = shareAt(event);
      if (held.end === null) set(i, [Math.min(held.from, at), Math.max(held.from, at)]);
      else move(i, held.end, at);
    };
    grip.onpointerup = () => {
      if (held && !held.moved && held.end === null) set(i, [0, 1]);
      held = null;
    };
    grip.onpointercancel = () => { held = null; };
  }

  function set(i, range) {
    ranges[i] = range;
    mark();
  }

  // ------------------------------------------------------------------------------------------------- showing

  // Shows the ranges and the lines that they leave.
  function mark() {
    const kept = data.lines.map(passes);
    links.forEach((node, i) => {
      node.classList.toggle("out", !kept[i]);
      node.setAttribute("tabindex", i === kept.indexOf(true) ? 0 : -1);
      node.setAttribute("aria-hidden", !kept[i]);
    });
    ranges.forEach((range, i) => {
      parts[i].bar.classList.toggle("whole", whole(range));
      const [[x1, y1], [x2, y2]] = range.map((at) => point(i, at));
      Object.entries({ x1, y1, x2, y2 }).forEach(([key, value]) => parts[i].bar.setAttribute(key, value));
      range.forEach((at, end) => {
        const node = parts[i].handles[end];
        const [x, y] = point(i, at);
        node.setAttribute("transform", `translate(${x} ${y})`);
        node.setAttribute("aria-valuenow", Math.round(100 * at));
        node.setAttribute("aria-valuetext", textAt(data.axes[i], data.axes[i].texts && end ? Math.max(0, at - 1e-6) : at));
      });
    });
    count.textContent = word("sweep_kept", { kept: kept.filter(Boolean).length, all: kept.length });
    all.hidden = ranges.every(whole);
    narrowed(all.hidden ? null : new Set(data.lines.filter((_, i) => kept[i]).map(({ trial }) => trial)));
  }

  // Draws everything anew; what was focused stays so.
  function lay() {
    width = element.clientWidth;
    if (!width || !data.axes.length) return;
    const height = upright() ? TOP + LENGTH + BOTTOM : ROW * data.axes.length + EDGE;
    const wide = upright() ? 2 * MARGIN + apart() * (data.axes.length - 1) : width;
    const focused = focus();
    Object.entries({ width: wide, height, viewBox: `0 0 ${wide} ${height}` }).forEach(([key, value]) => svg.setAttribute(key, value));
    svg.setAttribute("aria-label", word("sweep_coordinates", { measure: data.axes.at(-1).name, lines: data.lines.length }));
    svg.classList.toggle("lying", !upright());
    links = data.lines.map(link);
    svg.replaceChildren(...[...links].reverse(), ...data.axes.flatMap(axisOf)); // the best are drawn over the others
    all.textContent = word("sweep_all");
    mark();
    focused?.()?.focus();
  }

  // Returns a function that finds what is focused now once it is drawn anew.
  function focus() {
    const node = svg.contains(document.activeElement) ? document.activeElement : null;
    const axis = parts.findIndex(({ handles }) => handles.includes(node));
    if (axis >= 0) {
      const end = parts[axis].handles.indexOf(node);
      return () => parts[axis]?.handles[end];
    }
    const trial = node?.dataset.trial;
    return trial && (() => links.find((other) => other.dataset.trial === trial));
  }

  all.type = "button";
  all.onclick = () => {
    ranges = ranges.map(() => [0, 1]);
    mark();
    svg.querySelector(".handle").focus();
  };
  count.setAttribute("role", "status");
  said.append(count, all);
  element.append(svg, said);
  new ResizeObserver(() => { if (element.clientWidth !== width) lay(); }).observe(element);

  // The chosen ranges stay if the axes do.
  return (shown) => {
    if (shown.axes.map(({ name }) => name).join() !== data.axes.map(({ name }) => name).join()) ranges = shown.axes.map(() => [0, 1]);
    data = shown;
    parts = [];
    lay();
  };
};
