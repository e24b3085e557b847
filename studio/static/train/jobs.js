// The visitor's own trainings by name, and a new one.
import { studio } from "../page/studio.js";
import { training } from "./training.js";

export const jobs = (element) => {
  const { word } = studio;
  const nav = element.querySelector(".train-jobs");
  const STATES = {
    waiting: "train_is_waiting", running: "train_is_running", stopping: "train_is_running", paused: "train_is_paused",
    interrupted: "train_is_paused", finished: "train_is_finished", stopped: "train_is_finished", failed: "train_is_failed",
  };

  function button(id, text, current) {
    const made = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: text });
    if (current) made.setAttribute("aria-current", "true");
    made.onclick = () => training.show(id);
    made.dataset.job = id ?? "";
    return made;
  }

  let shown = ""; // the data of the current buttons, so that a pressed button isn't replaced

  function show({ jobs, job }) {
    nav.hidden = !jobs.length && !job;
    const key = JSON.stringify([jobs, job?.id, studio.language()]);
    if (key === shown) return;
    shown = key;
    const focused = nav.contains(document.activeElement) ? document.activeElement.dataset.job : null;
    nav.replaceChildren(
      button(null, word("train_new"), !job),
      ...jobs.map(({ id, title, state }) => button(id, word(STATES[state], { title }), job?.id === id)),
    );
    if (focused !== null) [...nav.children].find(({ dataset }) => dataset.job === focused)?.focus();
  }

  studio.follow(() => {
    studio.speak(element);
    show(training.state());
  });
  training.follow(show);
};
