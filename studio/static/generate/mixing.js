// "Mix layers": the stages of the generator take the style of the chosen picture or of a second one, or between both; and a grid of
// sources, each picture of which takes the second's stages from its column and the others from its row.
import { engine } from "../page/engine.js";
import { link } from "../page/link.js";
import { scaleOf } from "../page/sheet.js";
import { shelf } from "../page/shelf.js";
import { heightWidth, setSides } from "../page/sizes.js";
import { studio } from "../page/studio.js";
import { explore } from "./explore.js";
import { gridKeys } from "./grid_keys.js";
import { layerMixing } from "./layer_mixing.js";

export const mixing = (element) => {
  const [ROWS, COLUMNS, GUTTER] = [4, 5, 2]; // sources of the grid, and run pixels between its pictures
  const EDGE = 3; // px beside the grid, for the outline of a cell
  const SOURCES = ROWS + COLUMNS;
  const POOL = 7 * SOURCES; // latents of the grid's seed, fetched at once
  const REST = 150; // ms without a movement before the grid is drawn
  const panel = element.querySelector(".mixing");
  const part = (name) => panel.querySelector(`.mixing-${name}`);
  const [none, can, pins, stages, grid, says] = ["none", "can", "pins", "stages", "grid", "says"].map(part);
  const template = part("stage-template");
  const presets = [...panel.querySelectorAll("[data-preset]")];
  let sides = []; // of the stages
  let amounts = []; // of the second latent, by stage
  let second = null; // the second latent
  let pool = []; // latents
  let known = ""; // run and seed of the pool
  let shift = 0; // the number of the first source in the pool
  let label = null; // of the grid's pictures
  let problem = null;
  let timer = 0;

  // Those of the grid, rows, then columns: of the chosen picture's label, since mixtures across labels seldom hold together.
  const sources = () => labelled(pool.slice(shift, shift + SOURCES));
  const labelled = (latents) => latents.map((latent) => ({ ...latent, label: explore.latent().label }));
  const question = (latents) => {
    const { run, images, truncation } = explore.scene();
    return { run, images, truncation, latents };
  };
  const failed = (error) => { problem = error; tell(); };
  const tell = () => { says.textContent = problem ? studio.word("not_drawn", { reason: problem.message }) : ""; };

  // ------------------------------------------------------------------------------------------------- drawing

  const update = engine.newest(async () => {
    if (!panel.open || !sides.length || !explore.state() || !second) return;
    const [own, used] = [explore.latent(), { other: second, amounts }];
    try {
      const both = await engine.draw(question([own, second]));
      const mixed = await layerMixing.draw(question([own]), used);
      [...both, ...mixed].forEach((picture, i) => engine.picture(part(["first", "second", "mixed"][i]), picture));
      problem = null;
      tell();
    } catch (error) {
      failed(error);
    }
  });

  const updateGrid = engine.newest(async () => {
    if (!panel.open || !sides.length || !pool.length) return;
    const [all, used] = [sources(), amounts];
    label = all[0].label;
    const [rows, columns] = [all.slice(0, ROWS), all.slice(ROWS)];
    grid.ariaBusy = true;
    try {
      const plain = await engine.draw(question(all));
      const drawn = [];
      for (const other of columns) drawn.push(await layerMixing.draw(question(rows), { other, amounts: used }));
      const line = (row) => [plain[row], ...drawn.map((column) => column[row])];
      paint([null, ...plain.slice(ROWS), ...rows.flatMap((_, row) => line(row))]);
    } catch (error) {
      failed(error);
    }
    grid.ariaBusy = false;
  });

  function paint(pictures) {
    if (!grid.childElementCount) {
      grid.replaceChildren(...pictures.map((picture, i) => {
        if (!picture) return document.createElement("span");
        const button = Object.assign(document.createElement("button"), { type: "button", tabIndex: i === COLUMNS + 2 ? 0 : -1 });
        button.append(engine.picture(null, new ImageData(1, 1)));
        button.onclick = () => choose(Math.floor(i / (COLUMNS + 1)) - 1, (i % (COLUMNS + 1)) - 1);
        return button;
      }));
      speak();
    }
    pictures.forEach((picture, i) => picture && engine.picture(grid.children[i].firstElementChild, picture));
    fit();
  }

  function fit() {
    const size = engine.run()?.size;
    if (!size || !panel.clientWidth) return;
    const [height, width] = heightWidth(size);
    const whole = [(COLUMNS + 1) * (width + GUTTER) + GUTTER, (ROWS + 1) * (height + GUTTER) + GUTTER];
    const scale = scaleOf({ size: whole, cell: size }, panel.clientWidth - 2 * EDGE);
    setSides(grid, size, scale);
    grid.style.setProperty("--gutter", `${GUTTER * scale}px`);
    grid.style.setProperty("--columns", COLUMNS + 1);
  }

  // ------------------------------------------------------------------------------------------------- choosing

  // A source in the grid's row becomes the chosen picture, one in its column the second; -1 is neither.
  function choose(row, column) {
    if (column >= 0) second = sources()[ROWS + column];
    if (row >= 0) explore.pick(sources()[row]);
    changed();
  }

  // The second latent or an amount has changed.
  function changed() {
    show();
    link.touch();
    update();
  }

  function setAmounts(wished) {
    amounts = wished;
    changed();
    clearTimeout(timer);
    timer = setTimeout(updateGrid, REST);
  }

  // Fetches the pool of the grid's seed.
  const learn = engine.newest(async () => {
    const scene = explore.scene();
    if (!panel.open || !scene || !explore.state()) return;
    const facts = await engine.about(scene.run);
    adopt(facts.stages ?? []);
    if (!sides.length) return;
    const key = JSON.stringify([scene.run, scene.seed]);
    try {
      if (key !== known) pool = await engine.latents({ run: scene.run, seed: scene.seed, num: POOL });
      known = key;
    } catch (error) {
      failed(error);
      return;
    }
    if (!second || second.z.length !== scene.dim || (second.label === null) !== !scene.classes.length) second = sources()[ROWS];
    show();
    update();
    updateGrid();
  });

  // The stages are those of another generator: the finer ones keep their amounts.
  function adopt(found) {
    none.hidden = found.length > 0;
    can.hidden = !found.length;
    if (JSON.stringify(found) === JSON.stringify(sides)) return;
    sides = found;
    if (amounts.length !== sides.length) amounts = layerMixing.preset("coarse", sides.length);
    grid.replaceChildren();
    stages.replaceChildren(...sides.map((_, stage) => {
      const row = template.content.firstElementChild.cloneNode(true);
      row.querySelector("input").oninput = ({ target }) => setAmounts(amounts.map((amount, i) => (i === stage ? Number(target.value) : amount)));
      return row;
    }));
  }

  // ------------------------------------------------------------------------------------------------- words

  const pinName = ({ label }, i) => (label === null ? studio.word("pin", { number: i + 1 })
    : studio.word("pin_label", { number: i + 1, label: engine.run().classes[label] }));

  function show() {
    presets.forEach((button) => {
      button.setAttribute("aria-pressed", String(layerMixing.preset(button.dataset.preset, sides.length)) === String(amounts));
    });
    [...stages.children].forEach((row, stage) => {
      const share = `${Math.round(100 * amounts[stage])} %`;
      const name = studio.word("mixing_stage", { number: stage + 1, size: sides[stage].join(" × ") });
      row.querySelector(".mixing-name").textContent = name;
      row.querySelector(".value").textContent = share;
      const slider = row.querySelector("input");
      slider.value = amounts[stage];
      slider.ariaLabel = name;
      slider.ariaValueText = studio.word("mixing_share", { share });
    });
    const focused = [...pins.children].indexOf(document.activeElement);
    const another = Object.assign(document.createElement("button"), { type: "button", textContent: studio.word("mixing_another"), onclick: takeAnother });
    pins.replaceChildren(...shelf.pins().map((pin, i) => {
      const { z, label, from } = pin;
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: pinName(pin, i) });
      button.onclick = () => { second = { z, label, from }; changed(); };
      button.setAttribute("aria-pressed", z === second?.z);
      return button;
    }), another);
    pins.children[focused]?.focus({ preventScroll: true });
  }

  // The pool's next latent, the one after the grid's for a second that isn't of the pool, becomes the second.
  function takeAnother() {
    const at = pool.findIndex(({ z }) => z.every((value, i) => value === second.z[i]));
    [second] = labelled([pool[(at < 0 ? shift + SOURCES : at + 1) % POOL]]);
    changed();
  }

  function speak() {
    studio.speak(element);
    [...grid.children].forEach((button, i) => {
      const [row, column] = [Math.floor(i / (COLUMNS + 1)), i % (COLUMNS + 1)];
      const key = !row ? "mixing_of_column" : !column ? "mixing_of_row" : "mixing_cell";
      if (i) button.ariaLabel = studio.word(key, { row, column });
    });
    if (sides.length) show();
    tell();
  }

  // ------------------------------------------------------------------------------------------------- the page

  presets.forEach((button) => { button.onclick = () => setAmounts(layerMixing.preset(button.dataset.preset, sides.length)); });
  part("others").onclick = () => {
    shift = (shift + SOURCES) % POOL;
    link.touch();
    updateGrid();
  };
  gridKeys(grid, COLUMNS + 1);
  panel.addEventListener("toggle", () => { link.touch(); learn(); });
  new ResizeObserver(fit).observe(panel);
  explore.follow((reason) => {
    if (reason === "scene" || !pool.length) learn();
    else update();
    if (explore.state() && explore.latent().label !== label) updateGrid();
  });
  shelf.follow(() => { if (sides.length) show(); });
  studio.follow(speak);

  link.add("mixing", {
    read: () => (panel.open && second ? { with: link.pack(second), amounts, shift } : undefined),
    open: async ({ with: packed, amounts: wished, shift: from }) => {
      const { run, stages: found = [] } = engine.run();
      const valid = Array.isArray(wished) && wished.length === found.length && wished.every((amount) => amount >= 0 && amount <= 1);
      if (valid) amounts = wished.map(Number);
      if (Number.isInteger(from / SOURCES) && from >= 0 && from < POOL) shift = from;
      try {
        second = await link.unpack(packed, run);
      } finally {
        panel.open = true;
        learn();
      }
    },
  });
};
