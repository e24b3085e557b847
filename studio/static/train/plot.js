// Curves of a running training: a few series over the images seen, redrawn with each poll.
//
// A series is { key, kind }: its key in the history, and the class of its line. `label` is the key of its alternative text.
import { studio } from "../page/studio.js";
import { format } from "./format.js";

export const plot = (place, series, { label }) => {
  const [HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [190, 44, 8, 8, 22];
  const MOST = 400; // points of a line
  let history = [];
  let total = null;

  const thinned = (lines) => {
    const step = Math.ceil(lines.length / MOST);
    return lines.filter((_, i) => (lines.length - 1 - i) % step === 0); // the last one stays
  };
  const short = (value) => Number(value.toPrecision(2)).toLocaleString(studio.language(), { maximumSignificantDigits: 2 });

  function draw() {
    const width = place.clientWidth;
    if (!width) return;
    const lines = thinned(history.filter((line) => series.every(({ key }) => Number.isFinite(line[key]))));
    const values = lines.flatMap((line) => series.map(({ key }) => line[key]));
    const [low, high] = values.length ? [Math.min(0, ...values), Math.max(0, ...values)] : [0, 1];
    const last = Math.max(total ?? 0, lines.at(-1)?.images ?? 0, 1);
    const x = (images) => LEFT + ((width - LEFT - RIGHT) * images) / last;
    const y = (value) => TOP + ((HEIGHT - TOP - BOTTOM) * (high - value)) / (high - low || 1);
    const points = (key) => lines.map((line) => `${x(line.images).toFixed(1)},${y(line[key]).toFixed(1)}`).join(" ");
    const mark = (value) => `<text x="${LEFT - 8}" y="${y(value) + 4}" text-anchor="end">${short(value)}</text>`;
    const far = (value) => Math.abs(y(value) - y(0)) > 14; // doesn't overlap the zero
    place.innerHTML = `<svg viewBox="0 0 ${width} ${HEIGHT}" width="${width}" height="${HEIGHT}" role="img">
      <line class="zero" x1="${LEFT}" x2="${width - RIGHT}" y1="${y(0)}" y2="${y(0)}"/>
      ${mark(0)}${far(high) ? mark(high) : ""}${far(low) ? mark(low) : ""}
      <text x="${LEFT}" y="${HEIGHT - 4}">0</text><text x="${width - RIGHT}" y="${HEIGHT - 4}" text-anchor="end">${format.number(last)}</text>
      ${series.map(({ key, kind }) => `<polyline class="${kind}" points="${points(key)}"/>`).join("")}</svg>`;
    place.firstChild.setAttribute("aria-label", studio.word(label));
  }

  new ResizeObserver(draw).observe(place);
  return (lines, end) => {
    [history, total] = [lines, end];
    draw();
  };
};
