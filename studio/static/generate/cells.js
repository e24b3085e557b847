// The cells of Generate's grid: buttons over the lossless picture, a ring around the selected one, and its row of actions.
// Returns a function that shows the cells of a sheet.
import { engine } from "../page/engine.js";
import { confirmation, sheet } from "../page/sheet.js";
import { shelf } from "../page/shelf.js";
import { studio } from "../page/studio.js";
import { view } from "../page/view.js";
import { explore } from "./explore.js";
import { landing } from "./landing.js";
import { createMany } from "./many.js";
import { own } from "./own.js";
import { createOwnPanel } from "./own_panel.js";
import { poster } from "./poster.js";
import { keys } from "../interpolate/keyframes.js";

export const createCells = (figure) => {
  const part = (name) => figure.querySelector(`.${name}`);
  const [place, actions] = ["cells", "deeds"].map(part);
  const say = confirmation(part("done"));
  const MARKED = { more: "own_marked_more", less: "own_marked_less" };
  const WAYS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
  const panel = part("own");
  let cells = null;
  let chosen = -1;

  const buttons = () => [...place.children];

  function nameOf(cell) {
    const number = (cell % cells.latents) + 1;
    const label = cells.labels?.[cell];
    const classes = engine.run()?.classes ?? [];
    return label === undefined ? studio.word("cell", { number }) : studio.word("cell_label", { number, label: classes[label] ?? label });
  }

  function buttonOf(_, cell) {
    const button = Object.assign(document.createElement("button"), { type: "button", tabIndex: -1 });
    button.onclick = () => (own.marking() ? own.mark(explore.cellLatent(cell)) : explore.choose(cell));
    return button;
  }

  // Rings the explored cell, which is also the one that Tab reaches.
  function ring() {
    if (!cells || !explore.scene()) return;
    chosen = explore.cell();
    buttons().forEach((button, cell) => {
      button.setAttribute("aria-pressed", cell === chosen);
      button.tabIndex = cell === Math.max(0, chosen) ? 0 : -1;
    });
    actions.toggleAttribute("data-off", chosen < 0);
    actions.querySelectorAll("button").forEach((button) => { button.disabled = chosen < 0; });
  }

  function speak() {
    studio.speak(place.parentElement);
    signs();
  }

  // The marks of one's own direction, shown while its panel is open.
  function signs() {
    if (!cells || !explore.scene()) return;
    figure.toggleAttribute("data-marking", own.marking() !== null);
    buttons().forEach((button, cell) => {
      const sign = panel.open ? own.signOf(explore.cellLatent(cell).from) : undefined;
      if (sign) button.dataset.mark = sign;
      else delete button.dataset.mark;
      button.ariaLabel = sign ? studio.word(MARKED[sign], { cell: nameOf(cell) }) : nameOf(cell);
    });
  }

  place.onkeydown = (event) => {
    const way = WAYS[event.key] ?? { ArrowUp: -cells.columns, ArrowDown: cells.columns }[event.key];
    if (way === undefined) return;
    event.preventDefault();
    const [at, last] = [buttons().indexOf(event.target), place.childElementCount - 1];
    const to = Number.isFinite(way) ? at + way : way < 0 ? 0 : last;
    if (to < 0 || to > last) return;
    buttons()[to].focus();
    explore.choose(to);
  };

  // ------------------------------------------------------------------------------------------------- the row of actions

  // The parameters that draw the chosen picture again elsewhere.
  function settings() {
    const { run, moment, images, seed, truncation, cells: { latents } } = explore.scene();
    const { z, label } = explore.cellLatent(chosen);
    const numbers = Array.from(z, (value) => Number(value.toPrecision(9)));
    return { run, epoch: Number(moment.epoch), images, seed, index: chosen % latents, label, truncation, z: numbers };
  }

  function explorePane() {
    document.querySelector("#explore .explore").scrollIntoView({ block: "nearest", behavior: studio.still ? "auto" : "smooth" });
    document.querySelector("#explore .axis input[type=range]")?.focus({ preventScroll: true });
  }

  part("deed-explore").onclick = explorePane;
  part("deed-pin").onclick = () => { if (shelf.add(explore.cellLatent(chosen))) say("pinned"); };
  part("deed-key").onclick = () => say(keys.add(explore.cellLatent(chosen)) ? "key_added" : "key_full");
  part("deed-copy").onclick = async () => {
    await studio.copy(JSON.stringify(settings()));
    say("copied");
  };

  createOwnPanel(panel);
  own.follow(signs);
  explore.follow((reason) => { if (reason !== "moved" && reason !== "swayed") ring(); });
  studio.follow(speak);

  return (sheet) => {
    cells = sheet.cells;
    place.style.setProperty("--columns", cells.columns);
    if (place.childElementCount !== sheet.num) place.replaceChildren(...Array.from({ length: sheet.num }, buttonOf));
    ring();
    speak();
  };
};

// The grid of Generate: a sheet of selectable cells. Its run and snapshot are those of all tabs.
export const grid = (element, props, watch) => {
  const figure = element.querySelector("figure");
  const show = createCells(figure);
  const many = createMany(figure.querySelector(".many"));
  sheet(element, props, watch, (sheet) => {
    delete figure.dataset.poster;
    const { run, seed, truncation } = sheet.facts;
    many(sheet);
    view.set({ run, images: sheet.moments[0].images, seed, truncation: Number(truncation), label: sheet.label });
    explore.show(sheet).then((current) => { if (current) show(sheet); }, () => show(sheet));
    landing(figure, sheet);
  });
  if (!props.value) poster(figure, () => !props.value);
};
