// Plots the GAN on a line: p_data, p_g, D and D* over one axis, points as ticks below, and both losses.
import { studio } from "../page/studio.js";
import { tinyGan } from "./tinygan.js";

export const toyPlot = (place, curves) => {
  const WIDTH = 640, HEIGHT = 300, LEFT = 44, RIGHT = 8, TOP = 10, FLOOR = 246;
  const END = 4; // the line reaches from -4 to 4
  const MOST = 1.15; // heights above it are cut off
  const LOW = 110, BASE = 102; // the plot of the losses: its height and its floor
  const PLACES = Float64Array.from({ length: 161 }, (_, i) => -END + (i * END) / 80);
  const sigmoid = (t) => 1 / (1 + Math.exp(-t));
  // D on the axis from 0 to 1, for a logit and the mean logit `middle` of where points are; `aims` at D*.
  const SCALES = {
    "saturating": { shown: sigmoid, aims: true },
    "non-saturating": { shown: sigmoid, aims: true },
    "least-squares": { shown: (logit) => logit, aims: true },
    "hinge": { shown: (logit) => (logit + 1) / 2 },
    "wasserstein": { shown: (logit, middle) => 0.5 + (logit - middle) / 8 },
    "relativistic": { shown: (logit, middle) => sigmoid(logit - middle) },
  };

  const x = (at) => LEFT + ((WIDTH - LEFT - RIGHT) * (at + END)) / (2 * END);
  const y = (height) => FLOOR - ((FLOOR - TOP) * Math.max(-0.02, Math.min(MOST, height))) / MOST;
  const line = (points) => (points.length ? `M${points.map((point) => point.map((value) => value.toFixed(1)).join(" ")).join("L")}` : "");
  const ticks = (points, top) => Array.from(points).filter((point) => Math.abs(point) <= END)
    .map((point) => `M${x(point).toFixed(1)} ${top}v12`).join("");

  function frame() {
    const heights = [0, 0.5, 1].map((value) => `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value)}" y2="${y(value)}"/>
      <text x="${LEFT - 6}" y="${y(value) + 5}" text-anchor="end">${value}</text>`);
    const places = [-4, -2, 0, 2, 4].map((value) => `<text x="${Math.min(x(value), WIDTH - 12)}" y="${HEIGHT - 2}" text-anchor="middle">${value}</text>`);
    const paths = ["optimum", "opinion", "data", "generated", "data-ticks", "generated-ticks"].map((name) => `<path class="${name}"/>`);
    place.innerHTML = `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">${heights.join("")}${places.join("")}${paths.join("")}</svg>`;
    curves.innerHTML = `<svg viewBox="0 0 ${WIDTH} ${LOW}" role="img"><line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${BASE}" y2="${BASE}"/>
      <text class="top" x="${LEFT - 6}" y="18" text-anchor="end"/><text class="bottom" x="${LEFT - 6}" y="${BASE}" text-anchor="end"/>
      <path class="d-loss"/><path class="g-loss"/></svg>`;
  }
  frame();

  const trace = (within, name, path) => within.querySelector(`.${name}`).setAttribute("d", path);
  const over = (heights) => line(Array.from(heights, (height, i) => [x(PLACES[i]), y(height)]));

  // Draws `gan`; D and D* only if `revealed`. Returns { gap, shares, spread }: the mean of |D - D*| where points are,
  // null for a loss whose D doesn't aim at D*, the share of generated points in each mode, and their standard deviation.
  function draw(gan, revealed) {
    const { points, data, smoothed, generated, logits } = gan.look(PLACES);
    const { shown, aims } = SCALES[gan.settings.loss];
    const mass = smoothed.map((value, i) => value + generated[i]);
    const whole = mass.reduce((sum, value) => sum + value, 0);
    const average = (value) => mass.reduce((sum, weight, i) => sum + weight * value(i), 0) / whole;
    const middle = average((i) => logits[i]);
    const opinion = logits.map((logit) => shown(logit, middle));
    const optimum = smoothed.map((value, i) => value / mass[i]);
    trace(place, "data", over(data));
    trace(place, "generated", over(generated));
    trace(place, "opinion", revealed ? over(opinion) : "");
    const known = [...PLACES.keys()].filter((i) => mass[i] > 1e-3); // elsewhere D* is 0 over 0
    trace(place, "optimum", revealed ? line(known.map((i) => [x(PLACES[i]), y(optimum[i])])) : "");
    trace(place, "data-ticks", ticks(gan.sample, FLOOR + 6));
    trace(place, "generated-ticks", ticks(points.filter((_, i) => i % 32 === 16), FLOOR + 20));
    losses(gan.history);
    const gap = aims ? average((i) => (mass[i] > 1e-3 ? Math.abs(opinion[i] - optimum[i]) : 0)) : null;
    return { gap, shares: gan.shares(points), spread: tinyGan.spread(points) };
  }

  function losses(recent) {
    const values = recent.flatMap(({ d, g }) => [d, g]);
    const [low, high] = [Math.min(0, ...values), Math.max(1, ...values)];
    const across = (i) => LEFT + ((WIDTH - LEFT - RIGHT) * i) / Math.max(100, recent.length - 1);
    const down = (value) => BASE - ((BASE - 8) * (value - low)) / (high - low);
    for (const [name, key] of [["d-loss", "d"], ["g-loss", "g"]]) {
      trace(curves, name, line(recent.map((entry, i) => [across(i), down(entry[key])])));
    }
    curves.querySelector(".top").textContent = high.toFixed(1);
    curves.querySelector(".bottom").textContent = low.toFixed(low ? 1 : 0);
  }

  function speak() {
    place.firstChild.setAttribute("aria-label", studio.word("alt_toy"));
    curves.firstChild.setAttribute("aria-label", studio.word("alt_toy_losses"));
  }
  studio.follow(speak);
  return { draw };
};
