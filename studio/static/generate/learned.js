// "When did the training learn to draw this?": the same search at the run's snapshots, from the untrained to the last.
import { engine } from "../page/engine.js";
import { studio } from "../page/studio.js";
import { view } from "../page/view.js";
import { searching } from "./searching.js";

export const createLearned = (panel, { target, question, levels }) => {
  const MOST = 10; // snapshots
  const ENOUGH = [1.5, 2]; // times the least error, or grey levels above it: from here on it is drawn
  const [button, line, list] = ["epochs", "learned", "history"].map((name) => panel.querySelector(`.yours-${name}`));
  let shown = []; // { moment, found }
  let turn = 0;

  const spread = (moments) => (moments.length <= MOST ? moments
    : [...new Set(Array.from({ length: MOST }, (_, i) => Math.round((i * (moments.length - 1)) / (MOST - 1))))].map((i) => moments[i]));

  async function search() {
    const mine = ++turn;
    const { run, moments } = engine.run();
    const wanted = target();
    shown = [];
    list.replaceChildren();
    list.hidden = false;
    button.disabled = true;
    try {
      for (const moment of spread(moments)) {
        line.textContent = studio.word("yours_looking_at", { moment: studio.moment(moment) });
        const begun = await searching("search", { run, images: moment.images }, { target: wanted, weights: null, ...question() });
        const { found: [best] } = await begun.done;
        if (mine !== turn) return;
        add(moment, best);
      }
      speak();
    } catch (error) {
      line.textContent = studio.word("yours_failed", { reason: error.message });
    } finally {
      if (mine === turn) button.disabled = false;
    }
  }

  function add(moment, found) {
    shown.push({ moment, found });
    const item = document.createElement("li");
    const picture = engine.picture(null, found.picture);
    picture.setAttribute("role", "img");
    item.append(picture, document.createElement("span"), document.createElement("span"));
    list.append(item);
    name(item, shown.at(-1));
  }

  function name(item, { moment, found }) {
    const [picture, when, error] = item.children;
    when.textContent = studio.moment(moment);
    error.textContent = levels(found.error);
    picture.ariaLabel = studio.word("yours_at_moment", { moment: when.textContent, error: error.textContent });
  }

  function speak() {
    [...list.children].forEach((item, i) => name(item, shown[i]));
    if (!shown.length) return;
    const least = Math.min(...shown.map(({ found: { error } }) => error));
    const first = shown.find(({ found: { error } }) => error <= Math.max(ENOUGH[0] * least, ENOUGH[1] + least));
    line.textContent = studio.word("yours_learned", { moment: studio.moment(first.moment), error: levels(first.found.error), least: levels(least) });
  }

  button.onclick = search;
  view.follow((_, changed) => {
    if (!changed.has("run")) return;
    turn += 1;
    shown = [];
    list.replaceChildren();
    list.hidden = true;
    line.textContent = "";
  });
  return { speak };
};
