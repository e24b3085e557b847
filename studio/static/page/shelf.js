// The shelf: up to six pinned latents, shared by all tabs and stored in this browser. Pins of another lineage are kept, and
// shown when a run of that lineage is selected.
import { engine } from "./engine.js";
import { studio } from "./studio.js";
import { view } from "./view.js";

export const shelf = (() => {
  const KEY = "studio-shelf";
  const MOST = 6; // of a lineage
  const MOST_KEPT = 48; // of all lineages; the oldest of other lineages are dropped first
  const listeners = new Set();
  const handlers = new Map();
  let kept = read();

  function whole({ id, lineage, label, z, from }) {
    const latent = engine.floats(z);
    if (typeof id !== "string" || typeof lineage !== "string" || !latent.length || !latent.every(Number.isFinite)) return null;
    const seeded = Number.isInteger(from?.seed) && Number.isInteger(from?.index) ? { seed: from.seed, index: from.index } : null;
    return { id, lineage, label: Number.isInteger(label) ? label : null, z: latent, from: seeded };
  }

  // Reads the browser's storage; ignores invalid entries.
  function read() {
    try {
      const pins = JSON.parse(localStorage.getItem(KEY) ?? "[]");
      return pins.slice(0, MOST_KEPT).flatMap((pin) => { try { return whole(pin) ?? []; } catch { return []; } });
    } catch {
      return [];
    }
  }

  function write() {
    const plain = kept.map((pin) => ({ ...pin, z: engine.base64(pin.z) }));
    try { localStorage.setItem(KEY, JSON.stringify(plain)); } catch { /* a private window: pins last as long as the page */ }
    announce();
  }

  const suits = (pin, run) => pin.lineage === run.lineage && pin.z.length === run.dim
    && (run.classes.length ? pin.label !== null && pin.label >= 0 && pin.label < run.classes.length : pin.label === null);

  // The pins that the selected run can draw: latents with an `id`.
  function pins() {
    const run = engine.run();
    return run ? kept.filter((pin) => suits(pin, run)).slice(0, MOST) : [];
  }

  const announce = () => listeners.forEach((listener) => listener(pins()));
  const same = (one, other) => one.label === other.label && one.z.length === other.z.length
    && one.z.every((value, i) => value === other.z[i]);

  // Pins a latent of the selected run. Returns false and shows a message if the shelf is full.
  function add(latent) {
    const run = engine.run();
    if (!run) return false;
    const there = pins();
    if (there.some((pin) => same(pin, latent))) return true;
    if (there.length >= MOST) {
      studio.tell("shelf_full");
      return false;
    }
    const { label, z, from } = latent;
    const id = Date.now().toString(36) + Math.random().toString(36).slice(2, 8);
    kept.push({ id, lineage: run.lineage, label, z: Float32Array.from(z), from });
    while (kept.length > MOST_KEPT) kept.splice(kept.findIndex((pin) => pin.lineage !== run.lineage), 1);
    write();
    return true;
  }

  function remove(id) {
    kept = kept.filter((pin) => pin.id !== id);
    write();
  }

  // Calls `listener(pins)` now, and when the pins (here or in another window) or the run change.
  function follow(listener) {
    listeners.add(listener);
    listener(pins());
  }

  // A click on a pin's thumbnail calls `handler(latent)` while `tab` is open.
  const onpick = (tab, handler) => handlers.set(tab, handler);
  const pick = (pin) => handlers.get(view.get().tab)?.(pin);
  const others = () => kept.length - pins().length;

  engine.follow(announce);
  addEventListener("storage", ({ key }) => {
    if (key !== KEY && key !== null) return;
    kept = read();
    announce();
  });
  return { pins, others, add, remove, follow, onpick, pick };
})();

// The view of the shelf: a thumbnail for each pin, drawn at the displayed snapshot.
export const shelfRow = (element) => {
  const part = (name) => element.querySelector(`.${name}`);
  const [hint, row, remove, others] = ["hint", "pins", "remove", "others"].map(part);
  const thumbs = new Map(); // by a pin's id
  let current = null; // the pin that was focused last, which "Remove" removes

  const draw = engine.newest(async () => {
    const { run, images, truncation } = view.get();
    const pins = shelf.pins();
    if (!pins.length || run !== engine.run()?.run) return;
    try {
      const pictures = await engine.draw({ run, images, truncation, latents: pins });
      pins.forEach((pin, i) => {
        const thumb = thumbs.get(pin.id);
        if (thumb) engine.picture(thumb.querySelector("canvas"), pictures[i]);
      });
    } catch { /* the open tab shows the error */ }
  });

  function take(id) {
    current = thumbs.has(id) ? id : null;
    thumbs.forEach((thumb, key) => thumb.toggleAttribute("data-current", key === current));
    remove.hidden = current === null;
    remove.setAttribute("aria-label", current === null ? "" : studio.word("remove_pin", { pin: thumbs.get(current).ariaLabel }));
  }

  // Removes a pin and focuses its neighbour.
  function drop(id) {
    const at = [...thumbs.keys()].indexOf(id);
    shelf.remove(id);
    const left = [...thumbs.values()];
    left[Math.min(at, left.length - 1)]?.focus();
  }

  function thumbOf(id) {
    const thumb = Object.assign(document.createElement("button"), { type: "button", className: "pin" });
    thumb.setAttribute("aria-keyshortcuts", "Delete");
    thumb.append(engine.picture(null, new ImageData(1, 1)));
    thumb.onfocus = () => take(id);
    thumb.onclick = () => {
      take(id);
      shelf.pick(shelf.pins().find((pin) => pin.id === id));
    };
    thumb.onkeydown = (event) => {
      if (event.key !== "Delete" && event.key !== "Backspace") return;
      event.preventDefault();
      drop(id);
    };
    return thumb;
  }

  function show(pins) {
    const run = engine.run();
    [...thumbs.keys()].filter((id) => !pins.some((pin) => pin.id === id)).forEach((id) => thumbs.delete(id));
    pins.forEach(({ id, label }, i) => {
      if (!thumbs.has(id)) thumbs.set(id, thumbOf(id));
      const says = label === null ? studio.word("pin", { number: i + 1 })
        : studio.word("pin_label", { number: i + 1, label: run.classes[label] });
      Object.assign(thumbs.get(id), { ariaLabel: says, title: says });
    });
    const wanted = pins.map(({ id }) => thumbs.get(id));
    if (wanted.some((thumb, i) => row.children[i] !== thumb) || row.children.length > wanted.length) row.replaceChildren(...wanted);
    hint.hidden = pins.length > 0;
    row.hidden = !pins.length;
    const more = shelf.others();
    others.textContent = more ? studio.word(more === 1 ? "other_pin" : "other_pins", { num: more }) : "";
    take(current);
    draw();
  }

  remove.onclick = () => drop(current);
  view.follow((view, changed) => { if (changed.has("images") || changed.has("truncation")) draw(); });
  studio.follow(() => { studio.speak(element); show(shelf.pins()); });
  shelf.follow(show);
};
