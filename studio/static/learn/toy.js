// The chapter toy: a GAN on a line that trains here in the page.
//
// `toyControls.preset(name)` opens one of `presets` and scrolls there; `toyControls.advance(steps)` trains at once.
import { link } from "../page/link.js";
import { studio } from "../page/studio.js";
import { askForPrediction } from "./prediction.js";
import { visibility } from "./visibility.js";
import { presets } from "./presets.js";
import { tinyGan } from "./tinygan.js";
import { toyPlot } from "./toyplot.js";

export const toyControls = {}; // empty until the chapter is loaded

export const toy = (element) => {
  const WORDS_OF = { // the keys of the options
    loss: {
      "non-saturating": "loss_non_saturating", "saturating": "loss_saturating", "least-squares": "loss_least_squares",
      "hinge": "loss_hinge", "wasserstein": "loss_wasserstein", "relativistic": "loss_relativistic",
    },
    opponent: { usual: "opponent_usual", strong: "opponent_strong", weak: "opponent_weak", alone: "opponent_alone" },
    data: { two: "data_two", one: "data_one" },
    start: { middle: "start_middle", far: "start_far", wide: "start_wide" },
    pace: { 4: "pace_slow", 20: "pace_walk", 60: "pace_run", 240: "pace_fast" }, // steps a second
  };
  const NOTES = { // the meaning of D's curve under each loss
    "non-saturating": "note_sigmoid", "saturating": "note_saturating", "least-squares": "note_least_squares",
    "hinge": "note_hinge", "wasserstein": "note_wasserstein", "relativistic": "note_relativistic",
  };
  const FRAME = 14; // milliseconds of training per frame, at most
  const MOST_SEED = 2 ** 32 - 1;

  const part = (name) => element.querySelector(name);
  const field = (name) => part(`[name=${name}]`);
  const plot = toyPlot(part(".toy-plot"), part(".toy-curves"));
  let settings = { ...tinyGan.SETTINGS };
  let pace = 60;
  let gan = tinyGan.make(settings);
  let [revealed, touched, seen, playing] = [false, false, false, !studio.still];
  let watch = null; // the key of the hint
  let [owed, last, frame] = [0, 0, 0]; // steps not yet trained; time of the last frame; the requested frame

  function draw() {
    const { gap, shares, spread } = plot.draw(gan, revealed);
    const percent = (share) => `${Math.round(100 * share)} %`;
    const values = {
      steps: gan.steps().toLocaleString(studio.language()), left: percent(shares[0]), right: percent(shares.at(-1)),
      spread: spread.toFixed(2), real: tinyGan.DATA[settings.data].spread.toFixed(2),
    };
    const covered = shares.length === 1 ? "toy_covers_one" : shares.every((share) => share > 0.25) ? "toy_covers_both" : "toy_covers_not";
    const sentences = [studio.word(covered, values)];
    if (revealed && gap !== null) sentences.push(studio.word("toy_gap", { gap: gap.toFixed(2) }));
    part(".toy-says").textContent = sentences.join(studio.language() === "zh" ? "" : " ");
  }

  function tick(now) {
    frame = 0;
    if (!seen || !playing) return;
    owed = Math.min(owed + (Math.min(now - last, 100) * pace) / 1000, pace);
    last = now;
    const began = performance.now();
    const before = owed;
    while (owed >= 1 && performance.now() - began < FRAME) {
      gan.run(1);
      owed -= 1;
    }
    if (before !== owed) draw();
    if (owed > 2) owed = 2; // a slow machine trains more slowly
    frame = requestAnimationFrame(tick);
  }

  function wake() {
    speakPlay();
    if (frame || !seen || !playing) return;
    last = performance.now();
    frame = requestAnimationFrame(tick);
  }

  function advance(steps) {
    gan.run(steps);
    draw();
  }

  function anew() {
    gan = tinyGan.make(settings);
    owed = 0;
    fill();
    draw();
  }

  function reveal() {
    revealed = true;
    delete element.dataset.veiled;
  }

  function change(name, value) {
    touched = true;
    watch = null;
    if (name === "pace") pace = Number(value);
    else settings = { ...settings, [name]: value };
    if (name === "pace") fill();
    else anew();
    link.touch();
  }

  // Only these pause the training; changed settings don't, and a preset starts it unless reduced motion is set.
  const actions = {
    play: () => { playing = !playing; wake(); },
    one: () => { playing = false; wake(); advance(1); },
    many: () => advance(100),
    anew,
    starve: () => preset("starved"),
  };

  function fill() {
    for (const [name, keys] of Object.entries(WORDS_OF)) {
      const chosen = String(name === "pace" ? pace : settings[name]);
      field(name).replaceChildren(...Object.entries(keys).map(([value, key]) => new Option(studio.word(key), value, false, value === chosen)));
    }
    field("seed").value = settings.seed;
    part(".toy-note").textContent = studio.word(NOTES[settings.loss]);
    part(".notice").hidden = !watch;
    if (watch) part(".notice p").textContent = studio.word(watch);
  }

  const speakPlay = () => { part("[data-deed=play]").textContent = studio.word(playing ? "toy_pause" : "toy_play"); };
  const sound = (name, value) => (name === "seed" ? Number.isInteger(value) && value >= 0 && value <= MOST_SEED
    : typeof value === "string" && Object.hasOwn(WORDS_OF[name], value));

  function preset(name) {
    const { settings: chosen, pace: steps, watch: key } = presets[name];
    settings = { ...tinyGan.SETTINGS, ...chosen };
    [pace, watch, touched, playing] = [steps, key, true, !studio.still];
    reveal();
    anew();
    wake();
    part(".toy-bench").scrollIntoView({ behavior: studio.still ? "auto" : "smooth" });
    part("[data-deed=play]").focus({ preventScroll: true });
  }

  for (const name of Object.keys(WORDS_OF)) field(name).onchange = ({ target }) => change(name, target.value);
  field("seed").onchange = ({ target }) => change("seed", Math.min(MOST_SEED, Math.max(0, Math.floor(Number(target.value) || 0))));
  for (const [name, action] of Object.entries(actions)) part(`[data-deed=${name}]`).onclick = action;
  element.dataset.veiled = "";
  askForPrediction(part(".toy-asks"), {
    question: "toy_question", choices: ["toy_guess_half", "toy_guess_one", "toy_guess_jumps"], right: 0, because: "toy_because",
    then: () => { reveal(); anew(); },
  });
  link.add("toy", {
    read: () => (touched ? settings : undefined),
    open: (values) => {
      const kept = Object.entries(values).filter(([name, value]) => Object.hasOwn(settings, name) && sound(name, value));
      [settings, touched] = [{ ...settings, ...Object.fromEntries(kept) }, true];
      anew();
    },
  });
  studio.follow(() => {
    studio.speak(element);
    speakPlay();
    fill();
    draw();
  });
  visibility.onScreen(part(".toy-bench"), (shown) => { seen = shown; wake(); });
  Object.assign(toyControls, { preset, advance, gan: () => gan });
};
