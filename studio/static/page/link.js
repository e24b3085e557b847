// A link that reopens the same view. The URL's fragment has readable keys for the values of Gradio's widgets, and a JSON object
// under `parts` for the tabs' own state. Ignores anything else in a fragment.
import { engine } from "./engine.js";
import { studio } from "./studio.js";
import { go, view } from "./view.js";

export const link = (() => {
  const LONGEST = 100000; // characters; longer fragments are ignored
  const MOST_SEED = 2 ** 32 - 1;
  const whole = (low, high) => (text) => (/^-?\d{1,15}$/.test(text) && text >= low && text <= high ? Number(text) : undefined);
  const READ = {
    tab: (text) => (/^[a-z]{1,20}$/.test(text) ? text : undefined), // an unknown tab is ignored
    run: (text) => (/^[^\x00-\x1f\ufffd]{1,80}$/.test(text) ? text : undefined),
    images: whole(0, 1e15),
    seed: whole(0, MOST_SEED),
    psi: (text) => (/^\d(\.\d{1,6})?$/.test(text) ? Number(text) : undefined),
    label: whole(-2, 1e6),
    num: whole(1, 1000),
    columns: whole(1, 1000),
  };
  const parts = new Map();
  const listeners = new Set();
  const { wished, given } = read(location.hash.slice(1));
  const opened = Object.keys(wished).length > 0 || Object.keys(given).length > 0;
  let valid = opened; // false once another run is selected
  let settled = false;
  let visited = false;
  let timer = 0;

  function read(fragment) {
    const fields = new URLSearchParams(fragment.length <= LONGEST ? fragment : "");
    const wished = {};
    for (const [key, reader] of Object.entries(READ)) {
      const value = fields.get(key) ? reader(fields.get(key)) : undefined;
      if (value !== undefined) wished[key] = value;
    }
    return { wished, given: object(fields.get("parts")) };
  }

  function object(text) {
    try {
      const value = JSON.parse(text);
      return value && typeof value === "object" && !Array.isArray(value) ? value : {};
    } catch {
      return {};
    }
  }

  // The opened link's state of a part; undefined if it has none or its run isn't here.
  const givenFor = (name) => (valid && Object.hasOwn(given, name) && typeof given[name] === "object" ? given[name] ?? undefined : undefined);

  async function open(name) {
    const value = givenFor(name);
    if (value === undefined) return;
    try {
      await parts.get(name).open(value);
    } catch { /* an invalid part keeps its initial state */ }
  }

  // Registers a part of the page: `read()` returns its state as a plain object, or undefined; `open(object)` is called with an
  // opened link's untrusted state, once the run is known.
  function add(name, part) {
    parts.set(name, part);
    if (settled) open(name);
  }

  function held() {
    const all = {};
    parts.forEach((part, name) => {
      const value = part.read();
      if (value !== undefined) all[name] = value;
    });
    return all;
  }

  function url() {
    const { tab, run, images, seed, truncation: psi, label, labelChoice = label ?? -2, num, columns } = view.get();
    const classes = engine.run()?.classes.length;
    const fields = { tab, run, images, seed, psi, label: classes ? labelChoice : null, num, columns };
    const all = held();
    if (Object.keys(all).length) fields.parts = JSON.stringify(all);
    const known = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
    const text = known.map(([key, value]) => `${key}=${encodeURIComponent(value).replace(/%(2C|3A)/g, decodeURIComponent)}`);
    return `${location.href.split("#")[0]}#${text.join("&")}`;
  }

  // Updates the address bar and the listeners after a short delay.
  function touch() {
    clearTimeout(timer);
    timer = setTimeout(() => {
      history.replaceState(history.state, "", url());
      listeners.forEach((listener) => listener());
    }, 400);
  }

  const follow = (listener) => listeners.add(listener);

  // A latent's form in a link: its origin, or all of its components if it was modified.
  const pack = ({ z, label, from }) => (from ? { s: from.seed, i: from.index, l: label }
    : { z: engine.base64(z).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, ""), l: label });

  // Decodes a packed latent for a run. Rejects invalid ones.
  async function unpack(packed, run) {
    const { dim, classes } = await engine.about(run);
    const label = packed?.l ?? null;
    const fits = classes.length ? Number.isInteger(label) && label >= 0 && label < classes.length : label === null;
    if (!fits) throw new Error("no label of this run");
    if (typeof packed.z === "string") {
      const z = engine.floats(packed.z.replace(/-/g, "+").replace(/_/g, "/"));
      if (z.length !== dim || !z.every((value) => Math.abs(value) <= 100)) throw new Error("no latent of this run");
      return { z, label, from: null };
    }
    const { s: seed, i: index } = packed;
    if (![seed, index].every(Number.isInteger) || index < 0 || index > 255) throw new Error("no place in a seed");
    const latents = await engine.latents({ run, seed, num: index + 1 });
    return { ...latents[index], label };
  }

  // Runs once, when the first run is known: reports what the link names that isn't here, then opens its tab and its parts.
  function settle(facts) {
    if (settled || !facts) return;
    settled = true;
    if (!opened) return;
    const { run = facts.run, images } = wished;
    valid = run === facts.run;
    if (!valid) studio.tell("link_run", { run, shown: facts.run });
    else if (images !== undefined && !facts.moments.some((moment) => moment.images === images)) studio.tell("link_snapshot");
    if (wished.tab) go(wished.tab);
    [...parts.keys()].forEach(open);
  }

  // The `values` of number fields, [name, default, least, most] each, with the link's in place of defaults. Set after the menus,
  // because a changed seed draws with their values; a visitor may have typed by then, and that stays.
  const numbers = (fields, values) => fields.map(([name, usual, least, most], i) => (
    name in wished && values[i] === usual ? Math.min(Math.max(least, wished[name]), most) : values[i]
  ));

  const { images = null, seed = 0, psi: truncation = 1 } = wished;
  view.set({ images, seed, truncation });
  engine.follow(settle);
  for (const event of ["pointerdown", "keydown", "input"]) addEventListener(event, () => { visited = true; }, true);
  view.follow(() => { if (visited) touch(); });
  addEventListener("hashchange", () => location.reload());
  return { add, touch, follow, url, pack, unpack, given: givenFor, opened, numbers, wished: () => wished };
})();
