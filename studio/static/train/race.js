// The form of a race: two to four trainings, each with one choice of its own, a loss or a setting.
//
// A choice of the menus is the JSON of its settings, or the name of a setting whose number has a field beside the menu.
import { studio } from "../page/studio.js";
import { training } from "./training.js";
import { formState } from "./form_state.js";
import { raceName } from "./race_names.js";

export const race = (element) => {
  const { word } = studio;
  const MINUTES = 1; // of each training
  const [list, add] = [".race-lanes", ".race-add"].map((name) => element.querySelector(name));
  const check = element.querySelector("[name=train-race]");
  let offered = null; // as train_options' `race`

  const numeric = (settings) => (Object.keys(settings).length === 1 ? Object.keys(settings)[0] : null);
  const isNumber = (settings) => numeric(settings) in offered.ranges;
  const chosen = (settings) => (isNumber(settings) ? numeric(settings) : JSON.stringify(settings));

  function group(key, options) {
    const made = Object.assign(document.createElement("optgroup"), { label: word(key) });
    made.append(...options.map(([text, value]) => new Option(text, value)));
    return made;
  }

  const ready = (settings) => [raceName(settings), JSON.stringify(settings)];

  function menu() {
    const made = document.createElement("select");
    made.append(
      group("race_losses", offered.losses.map(ready)),
      group("race_settings", Object.keys(offered.ranges).map((name) => [word(`race_${name}`, { value: "…" }), name])),
      group("race_betas", offered.betas.map(ready)),
    );
    return made;
  }

  // The usual number of a setting: the run's or the recipe's, or none.
  function usual(name) {
    const { run, recipe } = formState.get();
    const { options } = training.state();
    const parent = options.runs.find((one) => one.run === run) ?? options.recipes.find((one) => one.name === recipe);
    return parent?.[name] ?? 0;
  }

  const change = (place, settings) => formState.take({ race: formState.get().race.map((one, i) => (i === place ? settings : one)) });

  function row(_, place) {
    const item = document.createElement("li");
    const [select, input] = [menu(), Object.assign(document.createElement("input"), { type: "number", step: "any" })];
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "quiet", textContent: "×" });
    select.name = `race-${place}`;
    select.onchange = () => {
      const name = select.value;
      change(place, name in offered.ranges ? { [name]: usual(name) } : JSON.parse(name));
    };
    input.oninput = () => change(place, { [select.value]: input.value === "" ? null : input.valueAsNumber });
    remove.onclick = () => {
      formState.take({ race: formState.get().race.filter((one, i) => i !== place) });
      add.focus();
    };
    const number = place + 1;
    select.ariaLabel = word("race_lane", { number });
    input.ariaLabel = word("race_lane_value", { number });
    remove.ariaLabel = word("race_remove", { number });
    item.append(select, input, remove);
    return item;
  }

  function fill(item, settings) {
    const [select, input, remove] = item.children;
    select.value = chosen(settings);
    input.hidden = !isNumber(settings);
    if (!input.hidden) {
      const name = numeric(settings);
      [input.min, input.max] = offered.ranges[name];
      if ((settings[name] ?? "") !== (input.value === "" ? "" : input.valueAsNumber)) input.value = settings[name] ?? "";
    }
    remove.hidden = list.children.length <= offered.least;
  }

  let shown = ""; // the number of rows and the language for which they were made
  function show() {
    const { race: lanes } = formState.get();
    check.checked = Boolean(lanes);
    list.hidden = !lanes;
    add.hidden = !lanes || lanes.length >= offered.most;
    if (!lanes) return;
    const key = `${lanes.length} ${studio.language()}`;
    if (key !== shown) list.replaceChildren(...lanes.map(row));
    shown = key;
    lanes.forEach((settings, i) => fill(list.children[i], settings));
  }

  check.onchange = () => formState.take(check.checked ? { race: offered.begins, unit: "minutes", minutes: MINUTES } : { race: null });
  add.onclick = () => {
    const lanes = formState.get().race;
    const taken = new Set(lanes.map((settings) => JSON.stringify(settings)));
    formState.take({ race: [...lanes, offered.losses.find((settings) => !taken.has(JSON.stringify(settings)))] });
    list.lastChild.firstChild.focus();
  };
  training.follow(({ options }) => { if (options && !offered) { offered = options.race; show(); } });
  formState.follow(() => { if (offered) show(); });
  studio.follow(() => {
    studio.speak(element);
    if (offered) show();
  });
};
