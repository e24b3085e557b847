// The chapter derivations: the topics of docs/theory.*.md, the first one open. A topic is loaded when it is opened; topics
// stay open when the language changes.
import { engine } from "../page/engine.js";
import { studio } from "../page/studio.js";
import { visibility } from "./visibility.js";

export const derivations = (element) => {
  const [preface, topics, line] = ["preface", "topics", "told"].map((name) => element.querySelector(`.${name}`));
  let shown = null; // the language of the loaded topics
  let begun = false;

  const theory = (question) => engine.ask({ what: "theory", language: shown, ...question });
  const careful = (work) => work.catch(({ message }) => { line.textContent = message; });

  async function list() {
    const language = studio.language();
    if (!begun || language === shown) return;
    shown = language;
    const open = [...topics.children].map((topic) => topic.open);
    const found = await theory({});
    if (language !== shown) return; // another one was chosen meanwhile
    line.textContent = "";
    preface.innerHTML = found.preface;
    topics.replaceChildren(...found.topics.map(topic));
    [...topics.children].forEach((one, number) => { one.open = open[number] ?? number === 0; });
  }

  function topic(title, number) {
    const details = document.createElement("details");
    const heading = Object.assign(document.createElement("summary"), { textContent: title });
    const body = document.createElement("div");
    details.append(heading, body);
    details.ontoggle = () => { if (details.open && !body.hasChildNodes()) careful(fill(body, number)); };
    return details;
  }

  async function fill(body, number) {
    body.ariaBusy = "true";
    body.innerHTML = (await theory({ topic: number })).html;
    body.ariaBusy = "false";
    reach(body);
  }

  // A formula wider than the column can be scrolled, also by keyboard.
  function reach(body) {
    for (const wide of body.querySelectorAll(".wide")) {
      if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
    }
  }

  visibility.near(element, () => {
    begun = true;
    careful(list());
  });
  studio.follow(() => {
    studio.speak(element);
    careful(list());
  });
};
