// The scores of a run's snapshots by one measure, beside real pictures, with the cursor. A click calls
// `picked(images)`.
import { engine } from "../page/engine.js";
import { studio } from "../page/studio.js";

export const createScores = (section, picked) => {
  const WIDTH = 640, HEIGHT = 150, LEFT = 44, RIGHT = 12, TOP = 12, BOTTOM = 16;
  const [choice, plot, says] = ["choice", "plot", "says"].map((name) => section.querySelector(`.score-${name}`));
  let scores = null; // { reference, real, snapshots: [{ images, scores }], figures: [{ name, key, values, logarithmic, trained }] }
  let last = 1;
  let at = 0;

  const name = () => choice.value;
  const rows = () => scores.snapshots.flatMap(({ images, scores: { [name()]: entry } }) => (entry ? [{ images, ...entry }] : []));
  const short = (value) => Number(value.toPrecision(3)).toLocaleString(studio.language(), { maximumSignificantDigits: 3 });

  // `found` is a run's scores, `end` the images seen at its curves' right end.
  function draw(found, end) {
    const known = found?.figures ?? [];
    section.hidden = !known.length;
    if (section.hidden) return;
    [scores, last] = [found, end];
    const chosen = known.some((figure) => figure.name === name()) ? name() : known[0].name;
    const named = ({ key, values, trained }) => {
      const measure = studio.word(key, values);
      return trained ? studio.word("in_trained_features", { measure }) : measure;
    };
    choice.replaceChildren(...known.map((figure) => new Option(named(figure), figure.name)));
    choice.value = chosen;
    trace();
  }

  function trace() {
    const measured = rows();
    const real = scores.real?.[name()];
    const { logarithmic } = scores.figures.find((figure) => figure.name === name());
    const scale = logarithmic ? (value) => Math.log(Math.max(value, 1e-6)) : (value) => value;
    const values = [...measured, ...(real ? [real] : [])].map(({ value }) => scale(value));
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const x = (images) => LEFT + ((WIDTH - LEFT - RIGHT) * images) / last;
    const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (high > low ? (high - scale(value)) / (high - low) : 0.5);
    const points = measured.map(({ images, value }) => [x(images).toFixed(1), y(value).toFixed(1)]);
    const label = (value) => `<text x="${LEFT - 8}" y="${y(value) + 4}" text-anchor="end">${short(value)}</text>`;
    const ends = measured.map(({ value }) => value).sort((a, b) => a - b);
    plot.innerHTML = `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">
      ${real ? `<line class="real" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(real.value)}" y2="${y(real.value)}"/>` : ""}
      <polyline points="${points.map((point) => point.join()).join(" ")}"/>
      ${points.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3"/>`).join("")}
      ${label(ends[0])}${ends.at(-1) > ends[0] ? label(ends.at(-1)) : ""}
      <line class="score-cursor" y1="${TOP}" y2="${HEIGHT - BOTTOM}"/></svg>`;
    plot.querySelector("svg").setAttribute("aria-label", studio.word("alt_scores", { measure: choice.selectedOptions[0].text }));
    mark(at);
  }

  function mark(images) {
    at = images;
    if (section.hidden) return;
    const x = LEFT + (WIDTH - LEFT - RIGHT) * Math.min(1, at / last);
    ["x1", "x2"].forEach((end) => plot.querySelector(".score-cursor").setAttribute(end, x));
    const nearest = rows().reduce((one, other) => (Math.abs(other.images - at) < Math.abs(one.images - at) ? other : one));
    const real = scores.real?.[name()];
    const moment = engine.run()?.moments.find(({ images: seen }) => seen === nearest.images);
    says.textContent = studio.word(real ? "score_beside_real" : "score_alone", {
      moment: moment ? studio.moment(moment) : nearest.images.toLocaleString(studio.language()),
      value: short(nearest.value),
      real: real ? short(real.value) : "",
      num: nearest.num.toLocaleString(studio.language()),
      reference: scores.reference.num.toLocaleString(studio.language()),
      dataset: scores.reference.dataset,
    });
  }

  choice.onchange = trace;
  plot.onclick = ({ clientX }) => {
    const { left, width } = plot.getBoundingClientRect();
    const share = (((clientX - left) * WIDTH) / width - LEFT) / (WIDTH - LEFT - RIGHT);
    picked(Math.max(0, Math.min(1, share)) * last);
  };
  return { draw, mark };
};
