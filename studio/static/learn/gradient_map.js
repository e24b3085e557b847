// A selected picture, enlarged, beside the gradient of D's logit by its pixels.
import { engine } from "../page/engine.js";
import { longer, setSides, sizeOf } from "../page/sizes.js";
import { studio } from "../page/studio.js";
import { discriminator } from "./discriminator.js";

export const createGradientMap = (section) => {
  const SIDE = 224; // px of a longer side at most
  const SCALE = [-1, -0.5, 0, 0.5, 1]; // of the legend
  const DEPTH = 0.7; // exponent from a slope to its colour, which makes small ones visible
  const part = (name) => section.querySelector(name);
  const [closer, picture, map] = [part(".closer"), part(".closer-picture canvas"), part(".closer-heat canvas")];
  const [logit, verdict, legend, scale] = [".closer-logit", ".closer-verdict", ".closer-legend", ".closer-scale"].map(part);
  let judged = null;
  let card = null;
  let found = null; // the gradient at `card`
  let problem = null;
  let revealed = true;

  const ask = engine.newest(async (asked) => {
    try {
      const answer = await discriminator.gradient(judged.run, asked);
      if (asked !== card) return;
      [found, problem] = [answer, null];
      paint();
    } catch (error) {
      if (asked !== card) return;
      problem = error.message;
    }
    map.ariaBusy = false;
    speak();
  });

  function show(chosen, answer) {
    [card, judged, found] = [chosen, answer, null];
    closer.hidden = false;
    const size = sizeOf(card.image);
    setSides(closer, size, Math.max(1, Math.floor(SIDE / longer(size))));
    closer.style.setProperty("--aspect", card.image.width / card.image.height);
    engine.picture(picture, card.image);
    map.ariaBusy = true;
    speak();
    ask(card);
  }

  // -1 is vermilion, 0 paper, 1 indigo: brightening that pixel lowers, or raises, D's logit.
  function colours() {
    const read = (name) => getComputedStyle(document.body).getPropertyValue(name).trim().match(/[\da-f]{2}/gi).map((hex) => parseInt(hex, 16));
    const [paper, up, down] = ["--paper", "--discriminator", "--generator"].map(read);
    return (value) => paper.map((level, i) => level + ((value < 0 ? down : up)[i] - level) * Math.abs(value) ** DEPTH);
  }

  function paint() {
    const colour = colours();
    const { width, height } = card.image;
    const image = new ImageData(width, height);
    found.heat.forEach((value, i) => image.data.set([...colour(value / 127), 255], 4 * i));
    engine.picture(map, image);
  }

  function decision() {
    const real = card.kind === "real";
    if (judged.boundary === null) return !revealed ? "" : studio.word(real ? "closer_is_real" : "closer_is_fake");
    const believed = card.logit > judged.boundary;
    if (!revealed) return studio.word(believed ? "closer_takes_real" : "closer_takes_fake");
    if (believed) return studio.word(real ? "closer_real_right" : "closer_fooled");
    return studio.word(real ? "closer_doubts" : "closer_caught");
  }

  function speak() {
    if (!card) return;
    const value = discriminator.signed(card.logit);
    logit.textContent = judged.probable
      ? studio.word("closer_probable", { logit: value, percent: discriminator.probability(card.logit) })
      : studio.word("closer_logit", { logit: value });
    const label = card.label === null ? "" : studio.word("closer_label", { label: engine.run()?.classes[card.label] ?? card.label });
    verdict.textContent = discriminator.sentences(decision(), label);
    closer.dataset.kind = revealed ? card.kind : "";
    part(".closer-picture figcaption").textContent = !revealed ? studio.word("closer_untold")
      : studio.word(card.kind === "real" ? "closer_is_real" : "closer_is_fake");
    picture.ariaLabel = discriminator.sentences(part(".closer-picture figcaption").textContent, logit.textContent);
    map.ariaLabel = studio.word("closer_heat");
    scale.hidden = !found;
    legend.textContent = problem ? studio.word("verdict_not_judged", { reason: problem }) : found ? legendText() : "";
    if (found) speakScale();
  }

  function legendText() {
    const inColour = engine.run()?.transparent ? "closer_legend_transparent" : "closer_legend_colour";
    return studio.word(found.signed ? "closer_legend_grey" : inColour, { steepest: found.steepest.toPrecision(2) });
  }

  function speakScale() {
    const colour = colours();
    const low = found.signed ? studio.word("closer_darker") : studio.word("closer_little");
    scale.querySelector(".low").textContent = low;
    scale.querySelector(".high").textContent = found.signed ? studio.word("closer_brighter") : studio.word("closer_much");
    [...scale.querySelectorAll("i")].forEach((swatch, i) => {
      const value = found.signed ? SCALE[i] : i / (SCALE.length - 1);
      swatch.style.background = `rgb(${colour(value).map(Math.round).join()})`;
    });
  }

  function reveal(value) {
    revealed = value;
    speak();
  }

  studio.follow(() => {
    speak();
    if (found) paint();
  });
  return { show, reveal };
};
