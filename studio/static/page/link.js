// A link that opens the same view, all of it in the address's fragment: readable keys for what Gradio's widgets hold, and
// under `parts` one JSON object for what the tabs hold beside them. Whatever else stands in a fragment is passed over.
import { engine } from "./engine.js";
import { studio } from "./studio.js";
import { go, view } from "./view.js";

export const link = (() => {
  const LONGEST = 100000; // letters of a fragment that are read
  const MOST_SEED = 2 ** 32 - 1;
  const whole = (low, high) => (text) => (/^-?\d{1,15}$/.test(text) && text >= low && text <= high ? Number(text) : undefined);
  const READ = {
    tab: (text) => (/^[a-z]{1,20}$/.test(text) ? text : undefined), // one that the page lacks stays closed
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
  let valid = opened; // until the run turns out to be another one
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

  // What the opened link holds for a part; undefined without, and where its run isn't here.
  const givenFor = (name) => (valid && Object.hasOwn(given, name) && typeof given[name] === "object" ? given[name] ?? undefined : undefined);

  async function open(name) {
    const value = givenFor(name);
    if (value === undefined) return;
    try {
      await parts.get(name).open(value);
    } catch { /* a part that can't be read is left as it is on a fresh page */ }
  }

  // A part of the page and what a link holds of it: `read()` gives a plain object, or undefined for nothing; `open(object)`
  // gets what a link has brought, which may be anything, once the run is there.
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
    const said = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
    const text = said.map(([key, value]) => `${key}=${encodeURIComponent(value).replace(/%(2C|3A)/g, decodeURIComponent)}`);
    return `${location.href.split("#")[0]}#${text.join("&")}`;
  }

  // The address bar follows a little later, and so does who follows the link.
  function touch() {
    clearTimeout(timer);
    timer = setTimeout(() => {
      history.replaceState(history.state, "", url());
      listeners.forEach((listener) => listener());
    }, 400);
  }

  const follow = (listener) => listeners.add(listener);

  // A latent as a link holds it: where it comes from, or all of its numbers once they were changed.
  const pack = ({ z, label, from }) => (from ? { s: from.seed, i: from.index, l: label }
    : { z: engine.base64(z).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, ""), l: label });

  // The latent of a packed one, for a run. Rejects where it is none.
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

  // Once, when the first run is there: says what of the link is not, then opens its tab and its parts.
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

  const { images = null, seed = 0, psi: truncation = 1 } = wished;
  view.set({ images, seed, truncation });
  engine.follow(settle);
  for (const event of ["pointerdown", "keydown", "input"]) addEventListener(event, () => { visited = true; }, true);
  view.follow(() => { if (visited) touch(); });
  addEventListener("hashchange", () => location.reload());
  return { add, touch, follow, url, pack, unpack, given: givenFor, opened, wished: () => wished };
})();
