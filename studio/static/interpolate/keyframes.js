// The key frames of Interpolate's path: two to eight latents of one lineage. Every tab can add some, even before Interpolate
// has been opened.
import { engine } from "../page/engine.js";
import { present } from "../page/present.js";
import { setSides } from "../page/sizes.js";
import { shelf } from "../page/shelf.js";
import { studio } from "../page/studio.js";
import { layout } from "../epochs/picture_grid.js";

export const keys = (() => {
  const MOST = 8;
  const FEWEST = 2;
  const listeners = new Set();
  let keys = [];
  let lineage = null;

  // Replaces all key frames by `latents` of the chosen run.
  function set(latents) {
    keys = latents.slice(0, MOST);
    lineage = engine.run()?.lineage ?? null;
    listeners.forEach((listener) => listener(keys));
  }

  const suits = () => lineage === engine.run()?.lineage;

  // Adds a key frame at the end; false if there are eight. Those of another lineage are dropped.
  function add(latent) {
    const others = suits() ? keys : [];
    if (others.length >= MOST) return false;
    set([...others, { z: latent.z, label: latent.label, from: latent.from }]);
    return true;
  }

  function remove(latent) {
    if (keys.length > FEWEST) set(keys.filter((key) => key !== latent));
  }

  // Moves a key frame to another place, counted from 0.
  function move(latent, place) {
    const others = keys.filter((key) => key !== latent);
    others.splice(Math.max(0, Math.min(place, others.length)), 0, latent);
    set(others);
  }

  const relabel = (latent, label) => set(keys.map((key) => (key === latent ? { ...key, label } : key)));

  // `listener(keys)` runs now and whenever they change.
  function follow(listener) {
    listeners.add(listener);
    listener(keys);
  }

  return { MOST, FEWEST, list: () => keys, suits, set, add, remove, move, relabel, follow };
})();

// The rows of the key frames, each with its picture, its source and its buttons. Calls `touched()` after each change by
// the visitor, `failed(error)` if a new one can't be made. Returns a function that shows their pictures, a Map by latent.
export const keyRows = (element, touched, failed) => {
  const part = (name) => element.querySelector(`.${name}`);
  const [list, template, add, seed, label] = ["key-list", "key-template", "key-add", "key-seed", "key-label"].map(part);
  const rows = new Map(); // by latent
  let pictures = new Map();
  const FACE = 64; // pixels of the page along a picture's longer side, at most
  let dragged = null;

  const from = (latent) => {
    if (!latent.from) return studio.word("key_own");
    return studio.word(latent.from.index ? "key_from" : "key_seed", { seed: latent.from.seed, number: latent.from.index + 1 });
  };
  const place = (latent) => keys.list().indexOf(latent);

  // Runs a button's action; the focus stays in the row, or goes to its neighbour.
  function act(name, latent, work) {
    const at = place(latent);
    work();
    const now = keys.list();
    const row = rows.get(now.includes(latent) ? latent : now[Math.min(at, now.length - 1)]);
    const buttons = [name, "earlier", "later"].map((other) => row.querySelector(`.${other}`));
    buttons.find((button) => !button.disabled).focus();
    touched();
  }

  function options(select, names) {
    select.replaceChildren(...names.map((name, value) => new Option(name, value)));
  }

  function rowOf(latent) {
    const row = template.content.firstElementChild.cloneNode(true);
    const button = (name, work) => { row.querySelector(`.${name}`).onclick = () => act(name, latent, work); };
    button("earlier", () => keys.move(latent, place(latent) - 1));
    button("later", () => keys.move(latent, place(latent) + 1));
    button("remove", () => keys.remove(latent));
    row.querySelector(".keep").onclick = () => shelf.add(latent);
    const select = row.querySelector("select");
    options(select, engine.run()?.classes ?? []);
    select.hidden = latent.label === null;
    select.value = latent.label;
    select.onchange = () => {
      const at = place(latent);
      keys.relabel(latent, Number(select.value));
      rows.get(keys.list()[at]).querySelector("select").focus();
      touched();
    };
    row.ondragstart = () => { dragged = latent; };
    row.ondragend = () => { dragged = null; };
    row.ondragover = (event) => { if (dragged) event.preventDefault(); };
    row.ondrop = (event) => {
      event.preventDefault();
      if (!dragged || dragged === latent) return;
      keys.move(dragged, place(latent));
      touched();
    };
    return row;
  }

  function paint() {
    rows.forEach((row, latent) => {
      const canvas = row.querySelector("canvas");
      if (pictures.has(latent)) engine.picture(canvas, pictures.get(latent));
    });
  }

  function speak() {
    studio.speak(element);
    const latents = keys.list();
    const say = (row, name, key, values) => {
      const button = row.querySelector(`.${name}`);
      button.ariaLabel = studio.word(key, values);
      button.title = button.ariaLabel;
    };
    latents.forEach((latent, i) => {
      const [row, values] = [rows.get(latent), { number: i + 1, from: from(latent) }];
      row.querySelector(".number").textContent = i + 1;
      row.querySelector(".source").textContent = from(latent);
      row.querySelector("canvas").ariaLabel = studio.word("key_alt", values);
      row.querySelector("select").ariaLabel = studio.word("key_label", values);
      say(row, "earlier", "key_earlier", values);
      say(row, "later", "key_later", values);
      say(row, "keep", "key_pin", values);
      say(row, "remove", "key_remove", values);
      row.querySelector(".earlier").disabled = i === 0;
      row.querySelector(".later").disabled = i === latents.length - 1;
      row.querySelector(".remove").disabled = latents.length <= keys.FEWEST;
    });
    add.querySelectorAll("button").forEach((button) => { button.disabled = latents.length >= keys.MOST; });
    part("key-full").hidden = latents.length < keys.MOST;
    part("key-hint").hidden = latents.length >= keys.MOST;
  }

  function show(keys) {
    [...rows.keys()].filter((latent) => !keys.includes(latent)).forEach((latent) => rows.delete(latent));
    keys.forEach((latent) => { if (!rows.has(latent)) rows.set(latent, rowOf(latent)); });
    list.replaceChildren(...keys.map((latent) => rows.get(latent)));
    paint();
    speak();
  }

  // The label of an added one: as chosen, or the one after the last key frame's, so that the path passes through many.
  function nextLabel() {
    const count = engine.run().classes.length;
    if (!count) return null;
    return label.value === "" ? ((keys.list().at(-1)?.label ?? -1) + 1) % count : Number(label.value);
  }

  async function addFromSeed(number) {
    const { run } = engine.run();
    const [latent] = await engine.latents({ run, seed: number, num: 1, label: nextLabel() });
    if (engine.run()?.run === run && keys.add(latent)) touched();
  }

  add.onsubmit = (event) => {
    event.preventDefault();
    const number = Math.floor(seed.value);
    if (seed.value !== "" && number >= 0 && number < 2 ** 32) addFromSeed(number).catch(failed);
  };
  part("key-dice").onclick = () => addFromSeed(Math.floor(Math.random() * 100000)).catch(failed);

  function fit() {
    const size = engine.run()?.size;
    if (size) setSides(list, layout.within(size, FACE));
  }

  function offer(run) {
    fit();
    options(label, run?.classes ?? []);
    label.prepend(new Option(studio.word("key_in_turn"), ""));
    label.value = "";
    label.closest("label").hidden = !run?.classes.length;
  }

  engine.follow(offer);
  present.follow(fit);
  keys.follow(show);
  studio.follow(() => {
    label.options[0] && (label.options[0].textContent = studio.word("key_in_turn"));
    speak();
  });
  return (drawn) => { pictures = drawn; paint(); };
};
