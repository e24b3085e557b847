// The chapter game: min over x, max over y of xy, by rules and step sizes to choose.
import { link } from "../page/link.js";
import { studio } from "../page/studio.js";
import { askForPrediction } from "./prediction.js";
import { visibility } from "./visibility.js";
import { createPlane, short } from "./plane.js";
import { updates } from "./updates.js";

export const game = (element) => {
  const RULES = { // the keys of their names and outcomes
    simultaneous: ["rule_simultaneous", "says_simultaneous"], alternating: ["rule_alternating", "says_alternating"],
    extragradient: ["rule_extragradient", "says_extragradient"], optimistic: ["rule_optimistic", "says_optimistic"],
  };
  const EVERY = 300; // milliseconds between two steps
  const MOST = 240; // steps of a path
  const FAR = 1000; // the distance at which they count as diverged
  const SHOWN = 7; // points of the table
  const LIMIT = 3; // of the start's coordinates
  const SIZES = [0.05, 1];

  const part = (name) => element.querySelector(name);
  const field = (name) => part(`[name=${name}]`);
  const plane = createPlane(part(".game-plane"), ({ x, y }) => change({ x: near(x), y: near(y) }));
  const settings = { rule: "alternating", size: 1, x: 1, y: 1 };
  let path = [];
  let [touched, seen, playing, timer] = [false, false, !studio.still, 0];

  // Clamps a start's coordinate to the plane and rounds it to quarters.
  const near = (value) => Math.min(LIMIT, Math.max(-LIMIT, Math.round(4 * (Number(value) || 0)) / 4));
  const over = () => path.length > MOST || Math.hypot(path.at(-1).x, path.at(-1).y) > FAR;

  function advance(steps) {
    for (let i = 0; i < steps && !over(); i += 1) path = updates.walk(path, settings.rule, settings.size, 1);
    draw();
  }

  function wake() {
    clearInterval(timer);
    if (path.length && over()) playing = false;
    part("[data-deed=play]").textContent = studio.word(playing ? "game_pause" : "game_play");
    if (playing && seen) timer = setInterval(() => { advance(1); if (over()) wake(); }, EVERY);
  }

  function anew() {
    path = [{ x: settings.x, y: settings.y }];
    draw();
  }

  function change(values) {
    Object.assign(settings, values);
    touched = true;
    fill();
    anew();
    link.touch();
  }

  function pauseAnd(steps) {
    playing = false;
    advance(steps);
    wake();
  }

  const actions = {
    play: () => { playing = !playing; if (playing && over()) anew(); wake(); },
    one: () => pauseAnd(1),
    six: () => pauseAnd(6),
    anew,
  };

  function draw() {
    plane.draw(path, settings.rule === "alternating");
    const first = Math.max(0, path.length - SHOWN);
    const row = (name, values) => `<tr class="${name}"><th scope="row">${name}</th>${values.map((value) => `<td>${value}</td>`).join("")}</tr>`;
    const points = path.slice(first);
    part("tbody").innerHTML = row("step", points.map((_, i) => first + i))
      + ["y", "x"].map((name) => row(name, points.map((point) => short(point[name])))).join("");
    part(".step th").textContent = studio.word("game_step");
  }

  // The reason, and the growth factor.
  function explain() {
    const factor = updates.growth(settings.rule, settings.size);
    const outcome = factor > 1.00001 ? "game_out" : factor < 0.99999 ? "game_in" : "game_round";
    const kept = settings.x ** 2 + settings.y ** 2 + settings.size * settings.x * settings.y;
    const values = { factor: factor.toFixed(3), size: settings.size, kept: short(kept) };
    const sentences = [studio.word(RULES[settings.rule][1], values), studio.word(outcome, values)];
    part(".game-says").textContent = sentences.join(studio.language() === "zh" ? "" : " ");
  }

  function fill() {
    field("rule").replaceChildren(...Object.entries(RULES).map(([rule, [key]]) => new Option(studio.word(key), rule, false, rule === settings.rule)));
    for (const name of ["size", "x", "y"]) field(name).value = settings[name];
    part("output").textContent = settings.size;
    explain();
  }

  field("rule").onchange = ({ target }) => change({ rule: target.value });
  field("size").oninput = ({ target }) => change({ size: Number(target.value) });
  for (const name of ["x", "y"]) field(name).onchange = ({ target }) => change({ [name]: near(target.value) });
  for (const [name, action] of Object.entries(actions)) part(`[data-deed=${name}]`).onclick = action;
  path = [{ x: settings.x, y: settings.y }];
  askForPrediction(part(".game-asks"), {
    question: "game_question", choices: ["game_guess_meet", "game_guess_away", "game_guess_round"], right: 2, because: "game_because",
    then: () => { part(".game-bench").hidden = false; anew(); },
  });
  link.add("game", {
    read: () => (touched ? settings : undefined),
    open: ({ rule, size, x, y }) => change({
      rule: Object.hasOwn(RULES, rule) ? rule : settings.rule,
      size: size >= SIZES[0] && size <= SIZES[1] ? Number(size) : settings.size,
      x: near(x ?? settings.x), y: near(y ?? settings.y),
    }),
  });
  studio.follow(() => {
    studio.speak(element);
    fill();
    draw();
    wake();
  });
  visibility.onScreen(part(".game-bench"), (shown) => { seen = shown; wake(); });
};
