// The parents of a generation and how they are mixed: the chosen picture and pins that are marked; how far mutants are, the way of
// crossings, and whose label. `picture(latent)` is a parent's picture once drawn, `changed()` is called after a change by the visitor.
import { engine } from "../page/engine.js";
import { shelf } from "../page/shelf.js";
import { studio } from "../page/studio.js";
import { evolution } from "./evolution.js";

export const createParents = (panel, { picture, changed }) => {
  const FARTHEST = [0.05, 1]; // of mutants; the slider's ends
  const part = (name) => panel.querySelector(`.children-${name}`);
  const [row, hint, far, cross, labels] = ["parents", "hint", "far", "cross", "label"].map(part);
  const [slider, value] = ["input", "output"].map((tag) => far.querySelector(tag));
  const menu = labels.querySelector("select");
  const ways = [...panel.querySelectorAll("[data-way]")];
  const settings = { far: 0.4, way: "coordinates" };
  const partners = new Set(); // ids of pins that are parents
  let own = true; // whether the chosen picture is a parent
  let base = null; // the chosen picture

  const pins = () => shelf.pins().filter(({ id }) => partners.has(id));
  const all = () => (own || !pins().length ? [base, ...pins()] : pins());
  const way = () => (all().length > 1 ? settings.way : "mutants");

  // What evolution.js needs to know of the crossing, less the axes.
  const how = () => ({ way: way(), far: settings.far, label: labels.hidden || menu.value === "" ? null : Number(menu.value) });

  function reset() {
    own = true;
    partners.clear();
  }

  // A click on a parent; the last one stays.
  function toggle(id) {
    if (id === null) own = !own;
    else if (!partners.delete(id)) partners.add(id);
    if (!pins().length) own = true;
    changed();
  }

  const pinName = ({ label }, number) => (label === null ? studio.word("pin", { number })
    : studio.word("pin_label", { number, label: engine.run().classes[label] }));

  function buttonOf(latent, i) {
    const button = Object.assign(document.createElement("button"), { type: "button" });
    button.append(engine.picture(null, picture(latent) ?? new ImageData(1, 1)));
    button.ariaLabel = i ? pinName(latent, i) : studio.word("chosen");
    button.setAttribute("aria-pressed", i ? partners.has(latent.id) : all().includes(base));
    button.onclick = () => toggle(i ? latent.id : null);
    return button;
  }

  function offerLabels() {
    const { classes } = engine.run();
    const theirs = [...new Set(all().map(({ label }) => label))].sort((one, other) => one - other);
    labels.hidden = !classes.length || theirs.length < 2;
    const before = menu.value;
    menu.replaceChildren(new Option(studio.word("children_by_chance"), ""), ...theirs.map((label) => new Option(classes[label], label)));
    menu.value = theirs.some((label) => String(label) === before) ? before : "";
  }

  // Shows the parents to choose from, `chosen` the first.
  function offer(chosen) {
    base = chosen;
    if (!base || !engine.run()) return;
    const latents = [base, ...shelf.pins()];
    const at = [...row.children].indexOf(document.activeElement);
    row.replaceChildren(...latents.map(buttonOf));
    if (at >= 0) row.children[at]?.focus({ preventScroll: true });
    far.hidden = all().length > 1;
    cross.hidden = !far.hidden;
    hint.hidden = latents.length > 1;
    offerLabels();
    speak();
  }

  function speak() {
    value.textContent = `${Math.round(100 * settings.far)} %`;
    slider.value = settings.far;
    slider.setAttribute("aria-valuetext", value.textContent);
    ways.forEach((button) => button.setAttribute("aria-pressed", button.dataset.way === settings.way));
  }

  // Takes over a link's settings, which are untrusted.
  function adopt({ far: wished, way: chosen }) {
    if (wished >= FARTHEST[0] && wished <= FARTHEST[1]) settings.far = wished;
    if (evolution.crossings.includes(chosen)) settings.way = chosen;
    speak();
  }

  slider.oninput = () => { settings.far = Number(slider.value); changed(); };
  ways.forEach((button) => { button.onclick = () => { settings.way = button.dataset.way; changed(); }; });
  menu.onchange = changed;

  return { all, how, reset, offer, adopt, settings: () => ({ ...settings }) };
};
