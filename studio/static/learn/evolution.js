// The chapter on children of latents: a few sentences for each way of breeding, beside the lines that compute it.
import { engine } from "../page/engine.js";
import { studio } from "../page/studio.js";
import { go } from "../page/view.js";
import { visibility } from "./visibility.js";

export const evolution = (element) => {
  const SAYS = {
    mutants: "evolution_mutants", coordinates: "evolution_coordinates", directions: "evolution_directions", arc: "evolution_arc",
  };
  const [place, told] = ["evolution-ways", "told"].map((name) => element.querySelector(`.${name}`));
  const make = (tag, settings = {}) => Object.assign(document.createElement(tag), settings);

  function passage(way, { file, line, text }) {
    const says = make("p");
    says.dataset.word = SAYS[way];
    const where = make("p", { className: "remark" });
    where.append(make("code", { textContent: `${file}:${line}` }));
    const lines = make("pre", { tabIndex: 0, ariaLabel: `${file}:${line}`, textContent: text });
    lines.setAttribute("role", "region");
    const code = make("div", { className: "passage" });
    code.append(where, lines);
    const row = make("div", { className: "evolution-way" });
    row.append(says, code);
    return row;
  }

  async function show() {
    try {
      const { passages } = await engine.ask({ what: "evolution" });
      place.replaceChildren(...Object.entries(passages).map(([way, lines]) => passage(way, lines)));
      studio.speak(element);
    } catch (error) {
      told.textContent = error.message;
    }
  }

  element.querySelector("button").onclick = () => {
    go("generate");
    const panel = document.querySelector("#children .children");
    panel.open = true;
    panel.scrollIntoView({ behavior: studio.still ? "auto" : "smooth" });
  };
  visibility.near(element, show);
  studio.follow(() => studio.speak(element));
};
