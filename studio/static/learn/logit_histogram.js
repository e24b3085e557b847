// Pictures placed along the axis of D's logit, stacked like a histogram, above histograms of many more. Calls `picked(card)`
// when a visitor selects one by click or arrow keys.
import { engine } from "../page/engine.js";
import { heightWidth, longer, setSides } from "../page/sizes.js";
import { studio } from "../page/studio.js";
import { discriminator } from "./discriminator.js";

export const createLogitHistogram = (section, picked) => {
  const MOST_HEIGHT = 420; // px of the piles, if the pictures can be made smaller
  const FRAME = 4; // px: the frame, the paper within, and half of the gutter between two
  const [HEAD, BAR, AXIS] = [30, 44, 26]; // px: above the piles, a histogram's height, the axis between the two
  const [area, plot, key] = ["wall", "wall-plot", "wall-key"].map((name) => section.querySelector(`.${name}`));
  const line = area.querySelector(".wall-line");
  let judged = null;
  let tiles = new Map(); // by kind and number; kept when the snapshot changes, so that they move
  let order = []; // cards by logit
  let chosen = null;
  let revealed = true; // whether the frames show which ones are real

  const id = ({ kind, number }) => `${kind} ${number}`;

  // ------------------------------------------------------------------------------------------------- pictures

  function show(answer) {
    judged = answer;
    order = [...answer.cards].sort((one, other) => one.logit - other.logit);
    const kept = new Map(answer.cards.map((card) => [id(card), tiles.get(id(card)) ?? tile()]));
    tiles.forEach((button, name) => { if (!kept.has(name)) button.remove(); });
    tiles = kept;
    answer.cards.forEach((card) => {
      const button = tiles.get(id(card));
      engine.picture(button.firstElementChild, card.image);
      button.dataset.kind = card.kind;
      button.dataset.logit = card.logit;
      button.onclick = () => choose(card);
      if (!button.parentElement) area.append(button);
    });
    key.querySelector(".real").hidden = !answer.logits.real;
    key.querySelector(".line").hidden = line.hidden = answer.boundary === null;
    layOut();
  }

  function tile() {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "tile", tabIndex: -1 });
    button.append(document.createElement("canvas"));
    return button;
  }

  // The range of the axis: all displayed pictures, D's boundary, and the histograms without outliers.
  function span() {
    const inner = Object.values(judged.logits).flatMap((values) => {
      const sorted = [...values].sort((one, other) => one - other);
      return [0.03, 0.97].map((share) => sorted[Math.round(share * (sorted.length - 1))]);
    });
    const values = [...inner, ...order.map(({ logit }) => logit), ...(judged.boundary === null ? [] : [judged.boundary])];
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return [low - 0.01, Math.max(high, low + 0.2) + 0.01];
  }

  // `count` columns over the span; returns their common [low, high]. D's boundary is an edge between two columns.
  function columns(count) {
    const [low, high] = span();
    const step = (high - low) / Math.max(1, count - 1);
    const line = judged.boundary ?? low;
    const start = line - Math.ceil((line - low) / step) * step;
    return [start, start + count * step];
  }

  const column = (value, count, [low, high]) => Math.max(0, Math.min(count - 1, Math.floor((count * (value - low)) / (high - low))));

  // The largest picture size whose piles aren't too high: { scale, pitch: [down, across], piles: [[card]], ends }.
  function piled(width) {
    const { size } = judged;
    const scales = engine.run()?.pixelated ? [3, 2, 1.5] : [80, 64, 48].map((side) => side / longer(size));
    for (const scale of scales) {
      const pitch = heightWidth(size).map((side) => side * scale + 2 * FRAME);
      const [down, across] = pitch;
      const count = Math.max(2, Math.floor(width / across));
      const ends = columns(count);
      const piles = Array.from({ length: count }, () => []);
      order.forEach((card) => piles[column(card.logit, count, ends)].push(card));
      const height = Math.max(...piles.map(({ length }) => length)) * down;
      if (height <= MOST_HEIGHT || scale === scales.at(-1)) return { scale, pitch, piles, height, ends };
    }
  }

  function layOut() {
    const width = area.clientWidth;
    if (!judged || !width) return;
    const { scale, pitch: [down, across], piles, height, ends } = piled(width);
    const [low, high] = ends;
    setSides(area, judged.size, scale);
    area.style.height = `${height + HEAD}px`;
    piles.forEach((pile, i) => pile.forEach((card, j) => {
      const left = ((i + 0.5) * width) / piles.length - across / 2;
      tiles.get(id(card)).style.transform = `translate(${left.toFixed(1)}px, ${-j * down}px)`;
    }));
    const x = (value) => ((value - low) / (high - low)) * width;
    line.style.left = `${x(judged.boundary ?? 0)}px`;
    trace(width, low, high, x);
    mark();
  }

  // ------------------------------------------------------------------------------------------------- histograms

  function trace(width, low, high, x) {
    const bars = Math.round(width / 18);
    const tops = Object.entries(judged.logits).map(([kind, values]) => {
      const counts = Array(bars).fill(0);
      values.forEach((value) => { counts[column(value, bars, [low, high])] += 1; });
      return { kind, counts };
    });
    const most = Math.max(...tops.flatMap(({ counts }) => counts));
    const middle = BAR + AXIS / 2;
    const rects = tops.map(({ kind, counts }) => `<g class="${kind}">${counts.map((count, i) => {
      const height = (BAR * count) / most;
      const y = kind === "real" ? BAR - height : BAR + AXIS;
      return count ? `<rect x="${((i * width) / bars + 1).toFixed(1)}" y="${y.toFixed(1)}" width="${(width / bars - 2).toFixed(1)}" height="${height.toFixed(1)}"/>` : "";
    }).join("")}</g>`);
    const step = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50].find((one) => ((high - low) / one) * 64 <= width) ?? (high - low) / 2;
    const ticks = Array.from({ length: Math.floor(high / step) - Math.ceil(low / step) + 1 }, (_, i) => (Math.ceil(low / step) + i) * step);
    const name = (value) => (value ? discriminator.signed(value, step < 1 ? 1 : 0) : "0");
    plot.innerHTML = `<svg viewBox="0 0 ${width} ${2 * BAR + AXIS}" width="${width}" height="${2 * BAR + AXIS}" role="img">
      ${revealed ? rects.join("") : ""}
      ${ticks.filter((value) => x(value) > 14 && x(value) < width - 14).map((value) => `<text x="${x(value).toFixed(1)}" y="${middle + 5}" text-anchor="middle">${name(value)}</text>`).join("")}
      ${judged.boundary === null ? "" : `<path class="line" d="M${x(judged.boundary)} 0V${BAR + 2}M${x(judged.boundary)} ${BAR + AXIS - 2}V${2 * BAR + AXIS}"/>`}</svg>`;
    const mean = (values = []) => discriminator.signed(values.reduce((sum, value) => sum + value, 0) / values.length);
    const { real, fake } = judged.logits;
    plot.firstElementChild.setAttribute("aria-label", real ? studio.word("alt_verdict", { real: mean(real), fake: mean(fake), num: fake.length })
      : studio.word("alt_verdict_alone", { fake: mean(fake), num: fake.length }));
  }

  // ------------------------------------------------------------------------------------------------- choosing

  function choose(card, focus = false) {
    chosen = id(card);
    mark();
    if (focus) tiles.get(chosen).focus();
    picked(card);
  }

  function mark() {
    area.toggleAttribute("data-told", revealed);
    order.forEach((card, i) => {
      const button = tiles.get(id(card));
      const mine = id(card) === chosen;
      button.setAttribute("aria-pressed", mine);
      button.tabIndex = mine || (i === 0 && !tiles.has(chosen)) ? 0 : -1;
      const values = { logit: discriminator.signed(card.logit), number: i + 1, num: order.length };
      const [real, fake] = [studio.word("verdict_tile_real", values), studio.word("verdict_tile_fake", values)];
      button.ariaLabel = !revealed ? studio.word("verdict_tile", values) : card.kind === "real" ? real : fake;
    });
  }

  area.addEventListener("keydown", (event) => {
    const at = order.findIndex((card) => tiles.get(id(card)) === document.activeElement);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: order.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    if (order[to]) choose(order[to], true);
  });

  function reveal(value) {
    revealed = value;
    layOut();
  }

  new ResizeObserver(layOut).observe(area);
  studio.follow(() => layOut());
  return { show, reveal, choose, card: () => order.find((card) => id(card) === chosen), order: () => order };
};
