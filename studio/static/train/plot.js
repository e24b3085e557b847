// Curves of a running training: a few lines over the images seen or the time, redrawn with each poll.
//
// A line is { kind, points }: its class, and pairs of numbers, the first ascending. `says()` is the alternative text, `end(value)`
// the text of the axis' end.
import { studio } from "../page/studio.js";

export const plot = (place, { says, end }) => {
  const [HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [190, 44, 8, 8, 22];
  const MOST = 400; // points of a line
  let lines = [];
  let planned = null; // the axis' end, unless a line is longer

  const thinned = (points) => {
    const step = Math.ceil(points.length / MOST);
    return points.filter((_, i) => (points.length - 1 - i) % step === 0); // the last one stays
  };
  const short = (value) => Number(value.toPrecision(2)).toLocaleString(studio.language(), { maximumSignificantDigits: 2 });

  function draw() {
    const width = place.clientWidth;
    if (!width) return;
    const values = lines.flatMap(({ points }) => points.map(([, value]) => value));
    const [low, high] = values.length ? [Math.min(0, ...values), Math.max(0, ...values)] : [0, 1];
    const last = Math.max(planned ?? 0, ...lines.map(({ points }) => points.at(-1)?.[0] ?? 0), 1);
    const x = (at) => LEFT + ((width - LEFT - RIGHT) * at) / last;
    const y = (value) => TOP + ((HEIGHT - TOP - BOTTOM) * (high - value)) / (high - low || 1);
    const joined = (points) => thinned(points).map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
    const mark = (value) => `<text x="${LEFT - 8}" y="${y(value) + 4}" text-anchor="end">${short(value)}</text>`;
    const far = (value) => Math.abs(y(value) - y(0)) > 14; // doesn't overlap the zero
    place.innerHTML = `<svg viewBox="0 0 ${width} ${HEIGHT}" width="${width}" height="${HEIGHT}" role="img">
      <line class="zero" x1="${LEFT}" x2="${width - RIGHT}" y1="${y(0)}" y2="${y(0)}"/>
      ${mark(0)}${far(high) ? mark(high) : ""}${far(low) ? mark(low) : ""}
      <text x="${LEFT}" y="${HEIGHT - 4}">0</text><text x="${width - RIGHT}" y="${HEIGHT - 4}" text-anchor="end">${end(last)}</text>
      ${lines.map(({ kind, points }) => `<polyline class="${kind}" points="${joined(points)}"/>`).join("")}</svg>`;
    place.firstChild.setAttribute("aria-label", says());
  }

  new ResizeObserver(draw).observe(place);
  return (shown, total) => {
    [lines, planned] = [shown, total];
    draw();
  };
};
