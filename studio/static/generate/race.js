// The view of a search for a latent: the target, what is found, their difference, how the error fell, and the candidates.
// `taken(candidate)` is called when a visitor chooses one.
import { engine } from "../page/engine.js";
import { longer, setSides } from "../page/sizes.js";
import { studio } from "../page/studio.js";
import { view } from "../page/view.js";

export const createRace = (panel, taken) => {
  const SIDE = 96; // px of a picture's longer side at most
  const SMALL = 64; // of a candidate's
  const FAR = 40; // grey levels; above, what was found is another picture (ganlib/inversion/projector.py)
  const part = (name) => panel.querySelector(`.yours-${name}`);
  const [target, found, difference, fall, says, racers] = ["target", "found", "difference", "fall", "says", "racers"].map(part);
  let facts = null;
  let wanted = null; // ImageData
  let candidates = []; // { z, label, error, picture }, the best first
  let steps = []; // the best one's { error, picture } in order
  let state = null; // "preparing", "searching", "stopped", "done"
  let typical = Infinity; // the distance between two of the run's pictures
  let picked = 0;
  let comparable = false;

  const levels = (value) => value.toLocaleString(studio.language(), { maximumFractionDigits: value < 10 ? 1 : 0 });

  // The absolute difference of two pictures, 0 as the ground of the page's pictures.
  function differenceOf(one, other) {
    const image = new ImageData(one.width, one.height);
    image.data.forEach((_, i) => { image.data[i] = i % 4 === 3 ? 255 : Math.abs(one.data[i] - other.data[i]); });
    return image;
  }

  // `plain` is whether the whole picture counts, as in the search for those that it is compared with.
  function begin(run, picture, plain) {
    [facts, wanted, candidates, steps, picked, typical, comparable] = [run, picture, [], [], 0, Infinity, plain];
    const scale = Math.max(1, Math.floor(SIDE / longer(facts.size)));
    setSides(part("views"), facts.size, scale);
    setSides(racers, facts.size, Math.max(0.5, Math.floor(SMALL / longer(facts.size))));
    engine.picture(target, wanted, facts);
    for (const canvas of [found, difference]) engine.picture(canvas, new ImageData(wanted.width, wanted.height), facts);
    racers.replaceChildren();
    plot();
  }

  // The newest candidates of a search, the best first.
  function show(now, next) {
    [candidates, state] = [now, next];
    if (next === "searching" && !now[0].ended) steps.push({ error: now[0].error, picture: now[0].picture });
    const shown = candidates[picked] ?? candidates[0];
    engine.picture(found, shown.picture, facts);
    engine.picture(difference, differenceOf(shown.picture, wanted), facts);
    line(next === "searching");
    plot();
    speak();
  }

  // A candidate keeps its button during a search, so that the focus stays.
  function line(busy) {
    while (racers.childElementCount < candidates.length) {
      const button = Object.assign(document.createElement("button"), { type: "button" });
      button.append(engine.picture(null, wanted, facts), document.createElement("span"), document.createElement("span"));
      button.onclick = () => choose([...racers.children].indexOf(button));
      racers.append(button);
    }
    [...racers.children].forEach((button, i) => {
      const { picture, label, error, way } = candidates[i] ?? {};
      button.hidden = !picture;
      if (!picture) return;
      button.disabled = busy;
      button.setAttribute("aria-pressed", i === picked);
      engine.picture(button.firstElementChild, picture, facts);
      const name = label === null ? "" : facts.classes[label];
      const [, away, whence] = button.children;
      away.textContent = name ? `${name}: ${levels(error)}` : levels(error);
      whence.textContent = way ? studio.word(`yours_way_${way}`) : "";
      button.ariaLabel = studio.word(name ? "yours_racer_label" : "yours_racer", { number: i + 1, label: name, error: levels(error) });
      button.ariaDescription = whence.textContent;
    });
  }

  function choose(number) {
    if (!candidates[number]) return;
    picked = number;
    show(candidates, state);
    taken(candidates[number]);
  }

  // The error of the best start over the search.
  function plot() {
    if (steps.length < 2) return fall.replaceChildren();
    const errors = steps.map(({ error }) => error);
    const most = Math.max(...errors);
    const points = errors.map((error, i) => `${(300 * i) / (errors.length - 1)},${58 - (56 * error) / most}`);
    const path = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
    path.setAttribute("points", points.join(" "));
    fall.replaceChildren(path);
  }

  // Than how many of 100 real pictures it is farther away, where that was measured at this snapshot.
  function oddity(error) {
    const { images, real, held_out: unseen } = facts.inversion ?? {};
    if (!comparable || !real || images !== view.get().images) return "";
    const odder = Math.floor((100 * real.filter((one) => one < error).length) / real.length);
    return studio.word(unseen ? "yours_odder" : "yours_odder_trained", { odder });
  }

  function sentence() {
    const shown = candidates[picked] ?? candidates[0];
    if (!shown) return state ? studio.word("yours_preparing") : "";
    const error = levels(shown.error);
    if (state === "searching") return studio.word("yours_searching", { error });
    const key = shown.error > FAR ? "yours_no_likeness" : "yours_near_by";
    const apart = Number.isFinite(typical) ? studio.word("yours_typical", { typical: levels(typical) }) : "";
    return studio.word(key, { error, apart }) + oddity(shown.error);
  }

  function speak() {
    const text = sentence();
    says.ariaLive = state === "searching" ? "off" : "polite"; // or a screen reader would read every step
    if (says.textContent !== text) says.textContent = text;
    if (candidates.length && facts) line(state === "searching");
  }

  return {
    begin, show, speak, levels, differenceOf,
    wait: () => { state = "preparing"; speak(); },
    judge: (distance) => { typical = distance ?? Infinity; speak(); },
    best: () => candidates[picked] ?? null,
    restart: () => { picked = 0; },
    wanted: () => wanted,
    frames: () => [...steps.map(({ picture }) => picture), ...candidates.slice(picked, picked + 1).map(({ picture }) => picture)],
  };
};
