// Asks for a prediction before an experiment is shown, then comments on it.
//
// `place` is an empty element. `question`, each of `choices` and `because` are keys of words; `right` is the index of the
// correct choice. `then(guess)` is called once, when a visitor has guessed or skipped the question.
import { studio } from "../page/studio.js";

export const askForPrediction = (place, { question, choices, right, because, then }) => {
  const name = `asking-${question}`;
  const make = (tag, settings = {}) => Object.assign(document.createElement(tag), settings);
  let guess = null;

  const field = make("fieldset", { className: "asking" });
  const legend = make("legend");
  const options = choices.map((key, index) => {
    const label = make("label");
    const input = make("input", { type: "radio", name, value: index, onchange: () => answer(index) });
    label.append(input, make("span"));
    return { key, input, label };
  });
  const skip = make("button", { type: "button", className: "quiet", onclick: () => answer(-1) });
  const says = make("p", { className: "answer" });
  says.setAttribute("role", "status");
  field.append(legend, ...options.map(({ label }) => label), skip, says);
  place.replaceChildren(field);

  function answer(index) {
    const first = guess === null;
    guess = index;
    skip.hidden = true;
    speak();
    if (first) then(index);
  }

  function speak() {
    legend.textContent = studio.word(question);
    options.forEach(({ key, label }) => { label.lastChild.textContent = studio.word(key); });
    skip.textContent = studio.word("asking_skip");
    if (guess === null) return;
    field.dataset.guessed = guess === right ? "right" : "wrong";
    const verdict = guess < 0 ? "" : `${studio.word(guess === right ? "asking_right" : "asking_wrong")} `;
    says.textContent = verdict + studio.word(because);
  }
  studio.follow(speak);
};
