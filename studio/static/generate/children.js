// "Children": sixteen mutants of the chosen picture, or crossings of it and of pins. The one that is clicked becomes the chosen
// picture, and the next generation grows from it; the family tree leads back.
import { engine } from "../page/engine.js";
import { link } from "../page/link.js";
import { scaleOf } from "../page/sheet.js";
import { shelf } from "../page/shelf.js";
import { heightWidth, setSides } from "../page/sizes.js";
import { studio } from "../page/studio.js";
import { axes } from "./axes.js";
import { evolution } from "./evolution.js";
import { explore } from "./explore.js";
import { createFamily } from "./family.js";
import { createFamilyFiles } from "./family_files.js";
import { createFamilyTree } from "./family_tree.js";
import { gridKeys } from "./grid_keys.js";
import { createParents } from "./parents.js";

export const children = (element) => {
  const [REST, COLUMNS, GUTTER] = [300, 4, 2]; // ms without a movement; of the grid: columns, and run pixels between its pictures
  const BRED = { // a node's origin
    mutants: "children_bred_mutants", coordinates: "children_bred_coordinates", directions: "children_bred_directions", arc: "children_bred_arc",
  };
  const panel = element.querySelector(".children");
  const part = (name) => panel.querySelector(`.children-${name}`);
  const [grid, says] = ["grid", "says"].map(part);

  const family = createFamily();
  let base = null; // the chosen picture: a node of the family, or what would be one
  let shown = null; // the generation in the grid: { parents, way, far, seed, images, latents, pictures }
  let lineage = null;
  let moment = ""; // run, snapshot and truncation of the portraits
  let portraits = new WeakMap(); // pictures of nodes and pins
  let problem = null;
  let timer = 0;

  const here = () => (family.nodes().includes(base) ? base : null);
  const picture = (latent) => portraits.get(latent);
  const parents = createParents(panel, { picture, changed });
  const tree = createFamilyTree(part("tree"), family, { picked: turnTo, named: nameOf, picture });
  const files = createFamilyFiles(panel, family, tree, here);

  // ------------------------------------------------------------------------------------------------- a generation

  const grow = engine.newest(async () => {
    const scene = explore.scene();
    if (!panel.open || !scene || !base) return;
    const some = parents.all();
    const { way, far, label } = parents.how();
    const seed = evolution.seedOf(some, base.round);
    grid.ariaBusy = true;
    try {
      const along = way === "directions" ? axes.directions(await engine.directions(scene)) : undefined;
      const { latent } = await engine.about(scene.run);
      const latents = evolution.generation(some, { way, far, latent, along, label }, seed);
      const pictures = await draw(scene, latents);
      shown = { parents: some, way, far, seed, images: scene.images, latents, pictures };
      problem = null;
      paint();
      await portray(scene);
    } catch (error) {
      problem = error;
    }
    grid.ariaBusy = false;
    speak();
  });

  const draw = ({ run, images, truncation }, latents) => engine.draw({ run, images, truncation, latents });

  // Draws the chosen picture, the pins and the family where they have no picture at this snapshot.
  async function portray(scene) {
    const now = JSON.stringify([scene.run, scene.images, scene.truncation]);
    if (now !== moment) portraits = new WeakMap();
    moment = now;
    const missing = [...new Set([base, ...shelf.pins(), ...family.nodes()])].filter((one) => !portraits.has(one));
    if (missing.length) (await draw(scene, missing)).forEach((picture, i) => portraits.set(missing[i], picture));
    parents.offer(base);
    tree.show(here());
  }

  function paint() {
    if (grid.childElementCount !== shown.pictures.length) {
      grid.replaceChildren(...shown.pictures.map((_, i) => {
        const button = Object.assign(document.createElement("button"), { type: "button", tabIndex: i ? -1 : 0 });
        button.append(engine.picture(null, new ImageData(1, 1)));
        button.onclick = () => choose(i);
        return button;
      }));
    }
    shown.pictures.forEach((picture, i) => engine.picture(grid.children[i].firstElementChild, picture));
    fit();
  }

  function fit() {
    const size = engine.run()?.size;
    if (!size || !panel.clientWidth) return;
    const [height, width] = heightWidth(size).map((side) => COLUMNS * (side + GUTTER) + GUTTER);
    const scale = scaleOf({ size: [width, height], cell: size }, panel.clientWidth);
    setSides(grid, size, scale);
    grid.style.setProperty("--gutter", `${GUTTER * scale}px`);
  }

  // ------------------------------------------------------------------------------------------------- choosing

  // A child becomes the chosen picture; its parents and it belong to the family.
  function choose(index) {
    const { parents: some, latents, pictures, ...bred } = shown;
    const nodes = some.map((parent) => {
      const node = family.of(parent);
      if (portraits.has(parent)) portraits.set(node, portraits.get(parent));
      return node;
    });
    const child = family.add({ ...latents[index], parents: nodes, bred: { ...bred, index } });
    portraits.set(child, pictures[index]);
    turnTo(child);
  }

  function turnTo(node) {
    parents.reset();
    files.clear();
    explore.pick(node);
  }

  // The chosen picture has changed: to one of the family, to one moved from such a one, or to another.
  function rebase(moved) {
    const from = !moved || !base ? [] : here() ? [base] : base.parents;
    const latent = explore.latent();
    base = family.find(latent) ?? { ...latent, parents: from, bred: null, round: 0 };
  }

  explore.follow((reason) => {
    if (!explore.state()) return;
    const scene = explore.scene();
    if (lineage !== null && lineage !== scene.lineage) {
      family.clear();
      parents.reset();
      base = null;
    }
    lineage = scene.lineage;
    const moves = reason === "moved" || reason === "swayed";
    if (reason !== "scene" || !base) rebase(moves);
    if (!panel.open) return;
    clearTimeout(timer);
    if (moves) timer = setTimeout(changed, REST);
    else changed();
  });

  // What the next generation is grown from has changed.
  function changed() {
    parents.offer(base);
    link.touch();
    grow();
  }

  part("others").onclick = () => { base.round += 1; changed(); };
  part("anew").onclick = () => {
    family.clear();
    files.clear();
    rebase(false);
    changed();
  };
  gridKeys(grid, COLUMNS);

  // ------------------------------------------------------------------------------------------------- words

  function nameOf(node, i) {
    const label = node.label === null ? "" : studio.word("caption_label", { label: engine.run().classes[node.label] });
    const how = node.bred ? BRED[node.bred.way] : node.parents.length ? "children_bred_hand" : "children_bred_none";
    return studio.word("children_node", { number: i + 1, generation: family.line(node).length, how: studio.word(how) }) + label;
  }

  function speak() {
    studio.speak(element);
    part("family").hidden = family.nodes().length < 2;
    [...grid.children].forEach((button, i) => { button.ariaLabel = studio.word("children_child", { number: i + 1 }); });
    files.speak();
    if (!base) return;
    const values = { generation: family.line(base).length + 1, num: parents.all().length };
    says.textContent = problem ? studio.word("not_drawn", { reason: problem.message })
      : studio.word(values.num > 1 ? "children_says_crossings" : "children_says_mutants", values);
  }

  // ------------------------------------------------------------------------------------------------- the page

  link.add("children", {
    read: () => (panel.open || family.nodes().length ? { ...parents.settings(), open: panel.open, nodes: family.pack() } : undefined),
    open: async ({ open, nodes, ...settings }) => {
      parents.adopt(settings);
      panel.open = open === true;
      try {
        if (Array.isArray(nodes)) await family.open(nodes, engine.run());
      } finally {
        if (explore.state()) rebase(false);
        changed();
      }
    },
  });
  panel.addEventListener("toggle", () => { if (base) changed(); });
  new ResizeObserver(fit).observe(panel);
  shelf.follow(() => { if (base && panel.open) changed(); });
  studio.follow(() => { speak(); parents.offer(base); });
};
