// Directions of one's own: samples of the grid that the visitor marks as "more like these" and "less like those", by lineage.
import { engine } from "../page/engine.js";
import { link } from "../page/link.js";
import { studio } from "../page/studio.js";
import { explore } from "./explore.js";
import { fromMarks } from "./marked.js";

export const own = (() => {
  const [MOST, MARKS, LONGEST] = [6, 32, 40]; // directions, marks of a kind, characters of a name
  const KINDS = ["more", "less"];
  const lists = new Map(); // by lineage: { all: [{ name, more: [latent], less: [latent] }], at }, at being the one that is marked
  const listeners = new Set();
  let marking = null; // the kind of mark that a click on a cell sets

  const blank = () => ({ name: "", more: [], less: [] });
  const lineage = () => explore.scene()?.lineage ?? engine.run()?.lineage;
  const list = () => lists.get(lineage()) ?? { all: [blank()], at: 0 };
  const current = () => list().all[list().at];
  const nameOf = ({ name }, i) => name || studio.word("own_direction", { number: i + 1 });
  const isAt = ({ seed, index }) => ({ from }) => from.seed === seed && from.index === index;
  const announce = (reason) => listeners.forEach((listener) => listener(reason));

  // `listener(reason)` runs when something has "changed", and when the visitor wants to "move" along the present direction.
  const follow = (listener) => { listeners.add(listener); };

  function put(all, at) {
    lists.set(lineage(), { all, at });
    announce("changed");
    link.touch();
  }
  const change = (patch) => { const { all, at } = list(); put(all.map((one, i) => (i === at ? { ...one, ...patch } : one)), at); };

  // Sets or removes the mark of a cell's latent.
  function mark(latent) {
    const without = Object.fromEntries(KINDS.map((kind) => [kind, current()[kind].filter((one) => !isAt(latent.from)(one))]));
    const unmarked = without[marking].length < current()[marking].length;
    change(unmarked ? without : { ...without, [marking]: [...without[marking], latent].slice(-MARKS) });
  }

  // How the latent of a cell is marked; undefined where it isn't.
  const signOf = (from) => KINDS.find((kind) => current()[kind].some(isAt(from)));

  // The directions that both kinds of marks define, as attributes are (named.js), with their places in the list.
  const attributes = () => list().all.flatMap((one, i) => {
    const found = fromMarks(...KINDS.map((kind) => one[kind].map(({ z }) => z)));
    return found ? [{ name: nameOf(one, i), own: i, ...found }] : [];
  });
  const attribute = () => attributes().find(({ own: place }) => place === list().at);

  // The present direction as a file that python -m ganlib.directions --add reads.
  function file() {
    const { run, images } = explore.scene();
    const { name, gradient, marked } = attribute();
    const rows = { [name]: { marked, gradient: gradient.map((value) => Number(value.toFixed(5))) } };
    const content = { run, lineage: lineage(), snapshots: { [String(images).padStart(9, "0")]: rows } };
    return new Blob([JSON.stringify(content, null, 2)], { type: "application/json" });
  }

  // ------------------------------------------------------------------------------------------------- links

  const packed = (latents) => latents.map(({ from: { seed, index } }) => `${seed}:${index}`).join(",");
  const placesOf = (text) => (typeof text === "string" && text ? text.split(",", MARKS).map((place) => {
    const [, seed, index] = /^(\d{1,10}):(\d{1,3})$/.exec(place);
    return { seed: Number(seed), index: Number(index) };
  }) : []);

  async function open({ list: given, at = 0 }) {
    const { run, lineage: of } = engine.run();
    const wanted = given.slice(0, MOST).map(({ name, ...one }) => ({
      name: typeof name === "string" ? name.slice(0, LONGEST) : "", more: placesOf(one.more), less: placesOf(one.less),
    }));
    const places = wanted.flatMap(({ more, less }) => [...more, ...less]);
    const seeds = [...new Set(places.map(({ seed }) => seed))];
    const latents = new Map(await Promise.all(seeds.map(async (seed) => {
      const num = 1 + Math.max(...places.filter((place) => place.seed === seed).map(({ index }) => index));
      return [seed, await engine.latents({ run, seed, num })];
    })));
    const latentOf = ({ seed, index }) => latents.get(seed)[index];
    const all = wanted.map(({ name, more, less }) => ({ name, more: more.map(latentOf), less: less.map(latentOf) }));
    lists.set(of, { all, at: Number.isInteger(at) && all[at] ? at : 0 });
    announce("changed");
  }

  link.add("own", {
    read: () => {
      const { all, at } = list();
      const given = all.map(({ name, more, less }) => ({ name, more: packed(more), less: packed(less) }));
      return all.length > 1 || all.some(({ more, less }) => more.length + less.length) ? { list: given, at } : undefined;
    },
    open,
  });

  return {
    follow, mark, signOf, attributes, attribute, current, file,
    list: () => list().all.map((one, i) => ({ name: nameOf(one, i), chosen: i === list().at })),
    marking: () => marking,
    markAs: (kind) => { marking = kind; announce("changed"); },
    rename: (name) => change({ name: name.trim().slice(0, LONGEST) }),
    choose: (at) => put(list().all, at),
    another: () => put([...list().all, blank()], list().all.length),
    full: () => list().all.length >= MOST,
    remove: () => { const all = list().all.filter((_, i) => i !== list().at); put(all.length ? all : [blank()], Math.max(0, all.length - 1)); },
    move: () => announce("move"),
  };
})();
