// The chapter verdict: D's logits of real and generated pictures, their gradients, and a game against D.
import { engine } from "../page/engine.js";
import { studio } from "../page/studio.js";
import { askForPrediction } from "./prediction.js";
import { visibility } from "./visibility.js";
import { createGradientMap } from "./gradient_map.js";
import { createGuessing } from "./guessing.js";
import { discriminator } from "./discriminator.js";
import { createLogitHistogram } from "./logit_histogram.js";

export const verdict = (element) => {
  const NUM = 128; // pictures of either kind that are judged
  const [SHOWN, FEW, NARROW] = [24, 14, 700]; // of these, how many are shown; FEW below NARROW px
  const DECK = 10; // of either kind, in the game
  const AGAIN = 2000; // ms between requests while the server reads the real pictures
  const part = (name) => element.querySelector(name);
  const [shown, moment, truth] = [part(".verdict-shown"), part(".verdict-moment input"), part(".verdict-truth input")];
  let seed = 0;
  let judged = null;
  let problem = null;
  let seen = false; // whether the chapter is on the screen
  let stale = true;

  const gradientMap = createGradientMap(element);
  const histogram = createLogitHistogram(element, (card) => gradientMap.show(card, judged));
  const game = createGuessing(element, deal);
  const images = () => engine.run().moments[Number(moment.value)].images;

  // ------------------------------------------------------------------------------------------------- asking

  const draw = engine.newest(async () => {
    const run = engine.run()?.run;
    if (!run) return;
    stale = false;
    try {
      const few = element.clientWidth < NARROW;
      const answer = await discriminator.judge({ run, images: images(), seed, num: NUM, shown: few ? FEW : SHOWN });
      if (run !== engine.run()?.run) return;
      const anew = judged?.run !== run || judged.data !== answer.data;
      [judged, problem] = [{ ...answer, run }, null];
      histogram.show(judged);
      histogram.choose((!anew && histogram.card()) || best());
      if (answer.data === "coming") setTimeout(refresh, AGAIN);
      if (anew) begin();
    } catch (error) {
      [judged, problem] = [null, error.message];
      game.close();
    }
    speak();
  });

  // Requests new logits, now or when the chapter is visible again.
  function refresh() {
    stale = true;
    if (seen && !shown.hidden) draw();
  }

  function begin() {
    if (judged.data === "here" && judged.boundary !== null) game.begin();
    speak();
  }

  async function deal() {
    const run = engine.run()?.run;
    const question = { run, images: images(), seed: Math.floor(Math.random() * 2 ** 32), num: DECK };
    try {
      const dealt = await discriminator.judge(question);
      const { boundary } = judged; // from many more pictures than a deck has
      return dealt.data === "here" && run === judged.run ? { run, judged: { ...dealt, boundary } } : null;
    } catch (error) {
      game.close(studio.word("verdict_not_judged", { reason: error.message }));
      return null;
    }
  }

  // ------------------------------------------------------------------------------------------------- knobs

  const ofKind = (kind) => histogram.order().filter((card) => card.kind === kind);
  const best = () => ofKind("fake").at(-1);
  part(".closer-forgery").onclick = () => histogram.choose(best());
  part(".closer-doubted").onclick = () => histogram.choose(ofKind("real")[0]);

  moment.oninput = () => {
    speakMoment();
    refresh();
  };
  moment.onchange = () => { if (judged) begin(); }; // a new deck for the chosen snapshot
  part(".verdict-anew").onclick = () => {
    seed = Math.floor(Math.random() * 100000);
    refresh();
  };
  truth.onchange = () => {
    histogram.reveal(truth.checked);
    gradientMap.reveal(truth.checked);
    part(".wall-key").toggleAttribute("data-untold", !truth.checked);
    speak();
  };

  // ------------------------------------------------------------------------------------------------- words

  function speakMoment() {
    const { moments } = engine.run();
    const text = studio.moment(moments[Number(moment.value)]);
    part(".verdict-moment output").textContent = text;
    moment.setAttribute("aria-valuetext", text);
  }

  function shares() {
    const { real, fake } = judged.logits;
    const { boundary } = judged;
    if (boundary === null) return studio.word("verdict_no_line");
    const line = studio.word(judged.line, { boundary });
    const above = (values) => values.filter((value) => value > boundary).length / values.length;
    const caught = 1 - above(fake);
    if (!real) return discriminator.sentences(studio.word("verdict_share_alone", { num: fake.length, caught: discriminator.percent(caught) }), line);
    const values = { num: real.length, right: discriminator.percent((above(real) + caught) / 2), real: discriminator.percent(above(real)), caught: discriminator.percent(caught) };
    const source = judged.held_out ? studio.word("verdict_held_out") : studio.word("verdict_trained_on");
    return discriminator.sentences(studio.word("verdict_share", values), source, line);
  }

  function speak() {
    if (!engine.run()) return;
    studio.speak(element);
    speakMoment();
    const away = part(".verdict-away");
    const missing = judged && judged.data !== "here";
    away.hidden = !problem && !missing;
    away.textContent = problem ? studio.word("verdict_not_judged", { reason: problem })
      : missing ? studio.word(judged.data === "away" ? "verdict_away" : "verdict_coming") : "";
    [".wall", ".wall-plot", ".wall-key", ".verdict-share", ".verdict-lesson"].forEach((name) => { part(name).hidden = !judged; });
    if (!judged) part(".closer").hidden = true;
    part(".closer-picks").hidden = !truth.checked;
    part(".closer-doubted").hidden = !judged?.logits.real;
    part(".verdict-truth").hidden = !judged?.logits.real;
    if (!judged) return;
    part(".verdict-share").textContent = truth.checked || !judged.logits.real ? shares() : "";
    const last = Number(moment.value) === engine.run().moments.length - 1;
    part(".verdict-lesson").textContent = last ? studio.word("verdict_lesson_last") : studio.word("verdict_lesson_early");
    if (missing) game.close(studio.word(judged.data === "away" ? "guess_away" : "verdict_coming"));
    else part(".guess-away").hidden = true;
  }

  // ------------------------------------------------------------------------------------------------- life

  askForPrediction(part(".verdict-asking"), {
    question: "verdict_question",
    choices: ["verdict_choice_real", "verdict_choice_overlap", "verdict_choice_fake", "verdict_choice_same"],
    right: 1,
    because: "verdict_because",
    then() {
      shown.hidden = false;
      draw();
    },
  });

  engine.follow((run) => {
    if (!run) return;
    const [last, same] = [run.moments.length - 1, judged?.run === run.run];
    const chosen = same ? moment.value : last;
    moment.max = last;
    moment.value = chosen;
    if (!same) {
      [judged, problem] = [null, null];
      game.close();
    }
    speak();
    refresh();
  });
  studio.follow(speak);
  visibility.onScreen(element, (now) => {
    seen = now;
    if (seen && stale && !shown.hidden) draw();
  });
};
