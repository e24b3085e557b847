// The plane of a game of two players, x across and y up, and their path. Calls `placed(point)` when a visitor moves the
// start.
import { studio } from "../page/studio.js";

export const createPlane = (place, placed) => {
  const SIDE = 400, MARGIN = 14;
  const NEAR = 3; // the plane's range is -3 to 3, doubled whenever the path leaves it
  let reach = NEAR;

  const across = (x) => SIDE / 2 + ((SIDE / 2 - MARGIN) * x) / reach;
  const up = (y) => SIDE / 2 - ((SIDE / 2 - MARGIN) * y) / reach;
  const at = (x, y) => `${across(x).toFixed(1)} ${up(y).toFixed(1)}`;
  const farthest = (path) => path.reduce((most, { x, y }) => Math.max(most, Math.abs(x), Math.abs(y)), 0);

  // `alternating` draws both legs of a step: y moves first, then x.
  function draw(path, alternating) {
    reach = NEAR;
    while (farthest(path) > reach) reach *= 2;
    const steps = path.slice(1).map((point, i) => [path[i], point]);
    const legs = alternating ? `<path class="y-leg" d="${steps.map(([from, to]) => `M${at(from.x, from.y)}L${at(from.x, to.y)}`).join("")}"/>
        <path class="x-leg" d="${steps.map(([from, to]) => `M${at(from.x, to.y)}L${at(to.x, to.y)}`).join("")}"/>`
      : `<path class="both" d="M${path.map(({ x, y }) => at(x, y)).join("L")}"/>`;
    const dot = ({ x, y }, name, radius) => `<circle class="${name}" cx="${across(x)}" cy="${up(y)}" r="${radius}"/>`;
    const middle = SIDE / 2;
    place.innerHTML = `<svg viewBox="0 0 ${SIDE} ${SIDE}" role="img">
      <path class="axis" d="M${MARGIN} ${middle}H${SIDE - MARGIN}M${middle} ${MARGIN}V${SIDE - MARGIN}"/>
      <path class="centre" d="M${middle - 5} ${middle}h10M${middle} ${middle - 5}v10"/>
      <text class="x-name" x="${SIDE - MARGIN}" y="${middle - 8}" text-anchor="end">x</text>
      <text class="y-name" x="${middle + 10}" y="${MARGIN + 10}">y</text>
      <text x="${SIDE - MARGIN}" y="${middle + 18}" text-anchor="end">${reach}</text>
      <text x="${middle - 8}" y="${MARGIN + 10}" text-anchor="end">${reach}</text>
      ${legs}${path.slice(1, -1).map((point) => dot(point, "stop", 2)).join("")}${dot(path[0], "begin", 5)}${dot(path.at(-1), "now", 6)}</svg>`;
    const { x, y } = path.at(-1);
    place.firstChild.setAttribute("aria-label", studio.word("alt_plane", { steps: path.length - 1, x: short(x), y: short(y) }));
  }

  function follow({ clientX, clientY }) {
    const { left, top, width } = place.getBoundingClientRect();
    const inside = (pixels) => ((pixels / width) * SIDE - SIDE / 2) / (SIDE / 2 - MARGIN);
    const point = { x: reach * inside(clientX - left), y: -reach * inside(clientY - top) };
    placed(point);
  }

  place.onpointerdown = (event) => {
    if (event.button) return;
    place.setPointerCapture(event.pointerId);
    follow(event);
  };
  place.onpointermove = (event) => { if (place.hasPointerCapture(event.pointerId)) follow(event); };
  return { draw };
};
export const short = (value) => String(Number(value.toPrecision(3)));
