// Plots |z| along the paths under their strips, frame by frame at the same x.
import { studio } from "../page/studio.js";
import { paths } from "./paths.js";

export const lengthPlot = (element) => {
  const [HEIGHT, TOP, TICKS] = [132, 10, 3];
  const [place, name] = [".plot", ".length-name"].map((part) => element.querySelector(part));
  const DASHES = { lerp: "5 4", slerp: "none" };

  // Round numbers from 0 up to `highest`.
  function ticks(highest) {
    const power = 10 ** Math.floor(Math.log10(highest / TICKS));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((value) => highest / value <= TICKS + 1);
    return Array.from({ length: Math.floor(highest / step) + 1 }, (_, i) => Number((i * step).toPrecision(6)));
  }

  return (sequences, width) => {
    place.hidden = name.hidden = sequences.length < 2;
    if (sequences.length < 2 || !width) return;
    const [{ frames, keys, closed }] = sequences;
    const highest = Math.max(1e-6, ...sequences.flatMap(({ lengths }) => lengths)) * 1.12;
    const x = (frame) => (((frame + 0.5) * width) / frames).toFixed(1);
    const y = (value) => (TOP + (HEIGHT - TOP - 1) * (1 - value / highest)).toFixed(1);
    const aside = place.offsetLeft > 40; // room for numbers beside the plot
    const [left, lower, anchor] = aside ? [-8, 4, "end"] : [8, -3, "start"];
    const grid = ticks(highest).map((value) => `<path class="grid" d="M0 ${y(value)}H${width}"/>`
      + `<text x="${left}" y="${Number(y(value)) + lower}" text-anchor="${anchor}">${value}</text>`);
    const stops = paths.stops(keys, frames, closed).map((stop) => `<path class="stop" d="M${x(stop)} ${HEIGHT}v-8"/>`);
    // Labels a curve midway between two key frames, where the curves are furthest apart.
    const middle = Math.min(frames - 1, Math.floor(((Math.floor((keys - 1) / 2) + 0.5) * frames) / (closed ? keys : keys - 1)));
    const curves = sequences.map(({ mode, lengths }) => {
      const line = lengths.map((value, frame) => `${x(frame)},${y(value)}`).join(" ");
      const below = mode === "lerp" ? 18 : -7;
      return `<polyline points="${line}" stroke-dasharray="${DASHES[mode]}"/>`
        + `<text class="name" x="${x(middle)}" y="${Number(y(lengths[middle])) + below}" text-anchor="middle">${mode}</text>`;
    });
    place.innerHTML = `<svg viewBox="0 0 ${width} ${HEIGHT}" width="${width}" height="${HEIGHT}" aria-hidden="true">`
      + `${[...grid, ...stops, ...curves].join("")}</svg>`;
    place.ariaLabel = studio.word("alt_lengths");
  };
};
