// The chapter myths: sentences from reports, each with a question, the correct answer, and an experiment that shows it.
import { studio } from "../page/studio.js";
import { go } from "../page/view.js";
import { askForPrediction } from "./prediction.js";
import { toyControls } from "./toy.js";

export const myths = (element) => {
  const MYTHS = [
    {
      says: "myth_distance", question: "myth_distance_question", right: 1, because: "myth_distance_because",
      choices: ["myth_distance_same", "myth_distance_rises", "myth_distance_falls"],
      shows: "myth_try", settle: () => toyControls.preset("held"),
    },
    {
      says: "myth_flat", question: "myth_flat_question", right: 1, because: "myth_flat_because",
      choices: ["myth_flat_falls", "myth_flat_wanders", "myth_flat_zero"],
      shows: "myth_epochs", settle: () => go("epochs"),
    },
    {
      says: "myth_falling", question: "myth_falling_question", right: 1, because: "myth_falling_because",
      choices: ["myth_falling_spread", "myth_falling_one", "myth_falling_anywhere"],
      shows: "myth_try", settle: () => toyControls.preset("weak"),
    },
    {
      says: "myth_half", question: "myth_half_question", right: 2, because: "myth_half_because",
      choices: ["myth_half_nothing", "myth_half_perfect", "myth_half_either"],
      shows: "myth_try", settle: () => toyControls.preset("even"),
    },
  ];

  const make = (tag, settings = {}) => Object.assign(document.createElement(tag), settings);

  function card({ says, question, choices, right, because, shows, settle }) {
    const article = make("article", { className: "myth" });
    const title = make("h3");
    title.dataset.word = says;
    const place = make("div");
    const button = make("button", { type: "button", className: "deed main", hidden: true, onclick: settle });
    button.dataset.word = shows;
    article.append(title, place, button);
    askForPrediction(place, { question, choices, right, because, then: () => { button.hidden = false; } });
    return article;
  }

  element.querySelector(".myths").replaceChildren(...MYTHS.map(card));
  studio.follow(() => studio.speak(element));
};
