// What each player minimises: its terms as formulas, their curves in one plot, and the lines that compute them.
import { studio } from "../page/studio.js";

export const createObjective = (place) => {
  const PLAYERS = [
    ["discriminator", "lesson_objective_d", "lesson_objective_d", "lesson_alt_curves_d"],
    ["generator", "lesson_objective_g", "lesson_objective_g_sum", "lesson_alt_curves_g"],
  ];
  const DASHES = { discriminator: ["9 5", "3 5", "14 4 3 4", "18 6", "1 4"], generator: ["none", "9 5", "3 5"] };
  const WIDTH = 360, HEIGHT = 220, LEFT = 40, RIGHT = 12, TOP = 16, BOTTOM = 28;

  const make = (tag, className = "", text = "") => Object.assign(document.createElement(tag), { className, textContent: text });
  const dash = ({ player, index }) => DASHES[player][index % DASHES[player].length];
  const sample = (term) => `<svg class="sample" width="32" height="8" aria-hidden="true">
    <line x2="32" y1="4" y2="4" stroke-dasharray="${dash(term)}"/></svg>`;

  function card(term) {
    const button = make("button", "term");
    button.type = "button";
    button.dataset.terms = term.number;
    button.setAttribute("aria-pressed", "false");
    const head = make("span", "term-head");
    head.innerHTML = `<b>${term.name}</b>${term.values ? sample(term) : ""}`;
    head.append(make("span", "", studio.word(term.asks) + (term.second ? studio.word("lesson_by_features") : "")));
    const formula = make("span", "term-formula");
    formula.innerHTML = `${term.formula}${term.textbook ?? ""}`;
    button.append(head, formula);
    const { every, weight } = term;
    if (every > 1) button.append(make("span", "remark", studio.word("lesson_term_every", { every, weight })));
    return button;
  }

  // All curves of a player, each labelled at its maximum.
  function plot(terms, logits, alt) {
    const curves = terms.filter(({ values }) => values);
    const all = curves.flatMap(({ values }) => values);
    const [low, high] = [Math.min(0, ...all), Math.max(0, ...all)];
    const levels = [...new Set([low, 0, high].map(Math.trunc))];
    const left = Math.max(LEFT, 12 + 10 * Math.max(...levels.map((value) => String(value).length)));
    const x = (logit) => left + ((WIDTH - left - RIGHT) * (logit - logits[0])) / (logits.at(-1) - logits[0]);
    const y = (value) => TOP + ((HEIGHT - TOP - BOTTOM) * (high - value)) / (high - low);
    const curve = (term) => {
      const points = term.values.map((value, i) => `${x(logits[i]).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
      const inset = Math.round(logits.length * 0.08);
      const at = term.values[0] > term.values.at(-1) ? inset : logits.length - 1 - inset;
      return `<g data-terms="${term.number}"><polyline class="reach" points="${points}"/>
        <polyline class="curve" points="${points}" stroke-dasharray="${dash(term)}"/>
        ${termBox(x(logits[at]), y(term.values[at]), term.name)}</g>`;
    };
    const whole = (value) => String(value).replace("-", "−");
    const down = levels.map((value) =>
      `<text x="${left - 8}" y="${y(value) + 5}" text-anchor="end">${whole(value)}</text>`);
    const along = [logits[0], 0, logits.at(-1)].map((logit, i) =>
      `<text x="${x(logit)}" y="${HEIGHT - 6}" text-anchor="${["start", "middle", "end"][i]}">${whole(logit)}</text>`);
    const figure = make("figure", "term-plot");
    figure.innerHTML = `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">
      <path class="cross" d="M${left} ${y(0)}H${WIDTH - RIGHT}M${x(0)} ${TOP}V${HEIGHT - BOTTOM}"/>
      ${down.join("")}${along.join("")}${curves.map(curve).join("")}</svg>`;
    const names = curves.map(({ name, asks }) => `${name}: ${studio.word(asks)}`).join("; ");
    figure.firstChild.setAttribute("aria-label", studio.word(alt, { terms: names }));
    const reads = curves.map((term) => studio.word("lesson_axis", { term: term.name, what: scored(term) }));
    const says = [studio.word("lesson_axes", { reads: reads.join(studio.word("lesson_comma")) })];
    const without = terms.filter(({ values }) => !values);
    const apart = without.find(({ key }) => key === "labels_apart");
    const slopes = without.filter((term) => term !== apart).map(({ name }) => name).join(studio.word("lesson_comma"));
    if (slopes) says.push(studio.word("lesson_axis_none", { terms: slopes }));
    if (apart) says.push(studio.word("lesson_axis_labels", { term: apart.name }));
    figure.append(make("figcaption", "remark", says.join(" ")));
    return figure;
  }

  // The code passages of all terms, each once, with all of its marks: the computation first, then its use in the training.
  function blocks(terms) {
    const found = new Map();
    for (const rank of [0, 1]) {
      for (const { number, passages } of terms) {
        const { file, line, text, span: [start, end] } = passages[rank];
        const where = `${file}:${line}`;
        if (!found.has(where)) found.set(where, { where, text, rank, marks: new Map() });
        const { marks } = found.get(where);
        marks.set(start, { start, end, terms: [...(marks.get(start)?.terms ?? []), number] });
      }
    }
    return [...found.values()];
  }

  function code({ where, text, rank, marks }) {
    const block = make("div", "passage");
    const head = make("p", "remark");
    head.append(make("code", "", where), ` ${studio.word(rank ? "lesson_passage_used" : "lesson_passage_computed")}`);
    const pre = make("pre");
    pre.tabIndex = 0;
    pre.setAttribute("role", "region");
    pre.setAttribute("aria-label", where);
    let at = 0;
    for (const { start, end, terms } of [...marks.values()].sort((one, other) => one.start - other.start)) {
      const mark = make("mark", "", text.slice(start, end));
      mark.dataset.terms = terms.join(" ");
      pre.append(text.slice(at, start), mark);
      at = end;
    }
    pre.append(text.slice(at));
    block.append(head, pre);
    return block;
  }

  // `terms` have the numbers and names that lesson.js adds.
  function draw(terms, logits) {
    place.replaceChildren(...PLAYERS.map(([player, title, several, alt]) => {
      const own = terms.filter((term) => term.player === player);
      const part = make("div", `player ${player}`);
      const row = make("div", "terms");
      row.append(...own.map(card));
      const beside = make("div", "beside");
      const lines = make("div", "passages");
      lines.append(...blocks(own).map(code));
      beside.append(plot(own, logits, alt), lines);
      part.append(make("h4", "", studio.word(own.length > 1 ? several : title)), row, beside);
      return part;
    }));
  }
  return { draw };
};

// Which logits a term reads: those of D, or of the heads on features, F.
const SCORED = { real: "D(x)", fake: "D(G(z))", difference: "D(x) − D(G(z))" };
export const scored = ({ reads, second }) => (second ? SCORED[reads].replaceAll("D(", "F(") : SCORED[reads]);

// A term's name in a square, in SVG; the middle is at (x, y).
export const termBox = (x, y, name) => `<rect class="term-box" x="${x - 15}" y="${y - 11}" width="30" height="22"/>
  <text class="term-name" x="${x}" y="${y + 5}" text-anchor="middle">${name}</text>`;
