// The training images nearest to the selected picture, loaded when opened, and whether it is a copy.
import { engine } from "../page/engine.js";
import { longer, setSides } from "../page/sizes.js";
import { studio } from "../page/studio.js";
import { explore } from "./explore.js";

export const createNearest = (element) => {
  const NUM = 5;
  const REST = 300; // ms without a movement
  const AGAIN = 2000; // ms between requests while the server reads the training pictures
  const SIDE = 84; // px of a picture's longer side at most
  const [COPY, RARE] = [1, 0.05]; // grey levels of a copy; the share of unseen pictures that lie as near, or as far, by chance
  const panel = element.querySelector(".nearest");
  const [row, says, scale] = ["nearest-row", "nearest-says", "nearest-scale"].map((name) => panel.querySelector(`.${name}`));
  let found = null;
  let problem = null;
  let moved = 0; // counts the picture's changes
  let timer = 0;

  const ask = engine.newest(async () => {
    if (!panel.open || !explore.state()) return;
    const asked = moved;
    const { run, images, truncation } = explore.scene();
    try {
      const answer = await engine.ask({ what: "nearest", num: NUM, ...engine.latentFields({ run, images, truncation, latents: [explore.latent()] }) });
      if (asked !== moved) return;
      [found, problem] = [answer, null];
      if (answer.data === "coming") later(AGAIN);
    } catch (error) {
      if (asked !== moved) return;
      [found, problem] = [null, error.message];
    }
    show();
  });

  function later(time) {
    clearTimeout(timer);
    if (panel.open) timer = setTimeout(ask, time);
  }

  function show() {
    row.ariaBusy = false;
    const pictures = found?.data === "here" ? engine.decoded(found) : [];
    if (pictures.length) setSides(row, found.size, Math.max(1, Math.floor(SIDE / longer(found.size))));
    row.replaceChildren(...pictures.map((picture) => {
      const item = document.createElement("li");
      const shown = engine.picture(null, picture);
      shown.setAttribute("role", "img");
      item.append(shown, document.createElement("span"));
      return item;
    }));
    speak();
  }

  const levels = (value) => value.toLocaleString(studio.language(), { maximumFractionDigits: value < 10 ? 1 : 0 });

  function verdict() {
    const { distances: [distance], unseen: { median, share, num } } = found;
    const { classes } = engine.run();
    const { label } = explore.latent();
    const what = label === null ? studio.word("nearest_real") : studio.word("nearest_real_label", { label: classes[label] });
    const percent = (part) => `${Math.round(100 * part)} %`;
    if (distance < COPY) return studio.word("nearest_copy");
    if (median === null) return studio.word("nearest_alone", { distance: levels(distance) });
    const values = { what, num, median: levels(median), distance: levels(distance) };
    if (share <= RARE) return studio.word("nearest_near", { ...values, percent: percent(1 - share) });
    if (share >= 1 - RARE) return studio.word("nearest_far", { ...values, percent: percent(share) });
    return studio.word(found.unseen.held_out ? "nearest_as_unseen" : "nearest_as_others", values);
  }

  function speak() {
    [...row.children].forEach(({ firstElementChild: picture, lastElementChild: text }, i) => {
      const name = i ? studio.word("nearest_distance", { distance: levels(found.distances[i - 1]) }) : studio.word("nearest_drawn");
      text.textContent = name;
      picture.ariaLabel = i ? studio.word("alt_nearest", { number: i, distance: levels(found.distances[i - 1]) }) : name;
    });
    const away = { away: studio.word("nearest_away"), coming: studio.word("verdict_coming") }[found?.data];
    says.textContent = problem ? studio.word("nearest_problem", { reason: problem }) : !found ? "" : away ?? verdict();
    scale.hidden = found?.data !== "here";
  }

  function touched() {
    moved += 1;
    row.ariaBusy = true;
    later(REST);
  }

  panel.addEventListener("toggle", () => { if (panel.open) ask(); });
  explore.follow((reason) => {
    if (reason === "scene" && found?.data === "away") [found, problem] = [null, null];
    touched();
  });
  studio.follow(speak);
};
