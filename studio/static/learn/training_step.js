// The training step as a diagram: what each player computes at its step, in the recipe's order.
import { studio } from "../page/studio.js";
import { scored, termBox } from "./objective.js";

export const createTrainingStep = (place, notes) => {
  const PENALTIES = {
    flat_at_real: "lesson_slope_real", flat_at_fake: "lesson_slope_fake", slope_one: "lesson_slope_between",
    labels_apart: "lesson_wrong_label",
  };
  const LATENTS = { normal: "lesson_latents_normal", uniform: "lesson_latents_uniform" };
  const DISTRIBUTIONS = { normal: "lesson_note_normal", uniform: "lesson_note_uniform" };
  const WIDTH = 360, WAY = 8, EDGE = 24, HALF = 184, MIDDLE = 104, REAL = 284; // columns
  const LATENT = 2, G = 78, FAKE = 138, D = 206, READ = 284, BOX = 342, SUM = 382; // rows
  const MOST_SAID = 3; // columns with room for text
  const PLAYERS = {
    discriminator: {
      moves: "lesson_move_d", alt: "lesson_alt_move_d", changes: "lesson_changes_d", every: "d_every", to: [EDGE, D + 22],
    },
    generator: {
      moves: "lesson_move_g", alt: "lesson_alt_move_g", changes: "lesson_changes_g", every: "g_every", to: [MIDDLE - 40, G + 18],
    },
  };

  const number = (value) => value.toLocaleString(studio.language());
  const often = (every) => (every > 1 ? studio.word("lesson_move_some", { every }) : studio.word("lesson_move_every"));

  const sum = (terms) => terms.map(({ name }) => name).join(" + ");
  const text = (line, x, y, kind) => `<text class="${kind}" x="${x}" y="${y}" text-anchor="middle">${line}</text>`;
  // The first line in ink, the others paler below it; `y` is the middle of the block.
  const lettering = (lines, x, y, pitch = 19) =>
    lines.map((line, i) => text(line, x, y + 5 + (i - (lines.length - 1) / 2) * pitch, i ? "second" : "")).join("");
  const box = (x, y, width, height, lines, kind = "") =>
    `<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${height}"/>${lettering(lines, x + width / 2, y + height / 2)}`;

  // An arrow through `points`.
  function arrow(points, kind = "") {
    const [[x0, y0], [x, y]] = points.slice(-2);
    const turn = (Math.atan2(y - y0, x - x0) * 180) / Math.PI;
    return `<polyline class="way ${kind}" points="${points.join(" ")}"/>
      <path class="tip ${kind}" d="M0 0L-9 -4.5V4.5Z" transform="translate(${x} ${y}) rotate(${turn})"/>`;
  }

  // From D's logits to the minimised loss, a column for each term; then back to the updated network.
  function losses(player, terms) {
    const { changes, to } = PLAYERS[player];
    const columns = terms.map((term, i) => {
      const x = EDGE + ((WIDTH - EDGE) * (i + 0.5)) / terms.length;
      const lines = [term.reads ? scored(term) : studio.word(PENALTIES[term.key])];
      if (term.every > 1) lines.push(studio.word("lesson_step_in", { every: term.every }));
      const below = READ + 10 + 18 * (lines.length - 1);
      const asked = terms.length > MOST_SAID ? arrow([[x, D + 44], [x, BOX - 12]])
        : `${arrow([[x, D + 44], [x, READ - 14]])}${lettering(lines, x, READ + 9 * (lines.length - 1), 18)}
          ${arrow([[x, below], [x, BOX - 12]])}`;
      return `<g data-terms="${term.number}">${asked}${termBox(x, BOX, term.name)}${arrow([[x, BOX + 11], [x, SUM]])}</g>`;
    });
    return `${columns.join("")}${box(EDGE, SUM, WIDTH - EDGE, 52, [sum(terms), studio.word(changes)], player)}
      ${arrow([[EDGE, SUM + 26], [WAY, SUM + 26], [WAY, to[1]], to], player)}`;
  }

  // From latents to pictures. The second player draws new latents, or reuses those of the first.
  function generated(step, again) {
    const key = again ? (step.fresh_latents ? "lesson_latents_new" : "lesson_latents_same") : LATENTS[step.latent];
    const source = studio.word(key, { dim: number(step.latent_dim) });
    return `${box(EDGE, LATENT, HALF - EDGE, 48, [studio.word("lesson_latents"), source])}
      ${arrow([[MIDDLE, LATENT + 48], [MIDDLE, G]])}${box(MIDDLE - 40, G, 80, 36, ["G"], "generator")}
      ${arrow([[MIDDLE, G + 36], [MIDDLE, FAKE]])}${box(EDGE, FAKE, HALF - EDGE, 36, [studio.word("lesson_generated")])}
      ${arrow([[MIDDLE, FAKE + 36], [MIDDLE, D]])}`;
  }

  function real(step, column) {
    const lines = [studio.word("lesson_real"), studio.word("lesson_batch_of", { num: number(step.batch_size) })];
    return `${box(HALF + 16, LATENT, WIDTH - HALF - 16, 48, lines)}${arrow([[column, LATENT + 48], [column, D]])}`;
  }

  function average() {
    const lines = [studio.word("lesson_average"), studio.word("lesson_average_shown")];
    return `${box(HALF + 28, G - 8, WIDTH - HALF - 28, 52, lines, "generator thin")}
      ${arrow([[MIDDLE + 40, G + 18], [HALF + 28, G + 18]], "generator")}`;
  }

  function scene(player, terms, step, again) {
    const averaged = player === "generator" && step.ema_half_life > 0;
    const compares = terms.some(({ key, reads }) => reads !== "fake" && key !== "flat_at_fake");
    const judges = step.features ? "D, F" : "D";
    const judge = player === "generator" ? [judges, studio.word("lesson_held_still")] : [judges];
    return `<svg viewBox="0 0 ${WIDTH} ${SUM + 54}" role="img" class="move ${player}">
      ${generated(step, again)}${compares ? real(step, averaged ? HALF + 20 : REAL) : ""}${averaged ? average() : ""}
      ${box(EDGE, D, WIDTH - EDGE, 44, judge, "discriminator")}${losses(player, terms)}</svg>`;
  }

  function move(player, place, all, step) {
    const { moves, alt, every } = PLAYERS[player];
    const terms = all.filter((term) => term.player === player);
    const title = studio.word(moves, { place, often: often(step[every]) });
    const figure = document.createElement("figure");
    figure.innerHTML = `<figcaption class="${player[0]}">${title}</figcaption>${scene(player, terms, step, place > 1)}`;
    figure.lastChild.setAttribute("aria-label", `${title}. ${studio.word(alt, { terms: sum(terms) })}`);
    return figure;
  }

  function remarks(step) {
    const sentences = [studio.word(DISTRIBUTIONS[step.latent])];
    if (step.flip) sentences.push(studio.word("lesson_note_flip"));
    if (step.augment.length) sentences.push(studio.word("lesson_note_augment", { names: step.augment.join(", ") }));
    if (step.g_every > 1 && step.d_every === 1) sentences.push(studio.word("lesson_note_g_every", { every: step.g_every }));
    if (step.d_every > 1 && step.g_every === 1) sentences.push(studio.word("lesson_note_d_every", { every: step.d_every }));
    if (step.d_weight !== 1) sentences.push(studio.word("lesson_note_weight", { weight: step.d_weight }));
    if (step.features) {
      const { network, size, stages, weight } = step.features;
      sentences.push(studio.word("lesson_note_features", { network, size, stages: stages.join(", "), weight }));
      if (step.features.augment.length) {
        sentences.push(studio.word("lesson_note_features_augment", { names: step.features.augment.join(", ") }));
      }
    }
    const images = number(step.ema_half_life);
    sentences.push(step.ema_half_life ? studio.word("lesson_note_average", { images }) : studio.word("lesson_note_no_average"));
    for (const [name, [start, end, over]] of Object.entries(step.schedules)) {
      const what = studio.word(`lesson_scheduled_${name}`);
      sentences.push(studio.word("lesson_note_schedule", { what, start, end, images: number(over) }));
    }
    return sentences;
  }

  function draw(terms, step) {
    const order = step.first === "discriminator" ? ["discriminator", "generator"] : ["generator", "discriminator"];
    place.replaceChildren(...order.map((player, i) => move(player, i + 1, terms, step)));
    notes.replaceChildren(...remarks(step).map((textContent) => Object.assign(document.createElement("li"), { textContent })));
  }
  return { draw };
};
