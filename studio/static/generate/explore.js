// The latent that is explored in Generate: its start, its present value, and undo.
//
// The state is { start, z, label }: sliders only read z along their axes, so that another snapshot with other axes
// keeps the latent. The scene is { run, lineage, dim, classes, images, truncation, seed, cells }.
import { engine } from "../page/engine.js";
import { link } from "../page/link.js";
import { shelf } from "../page/shelf.js";

export const explore = (() => {
  const MOST_STEPS = 100; // that can be undone
  const NEAR = 1e-5; // rounding error between equal latents
  const listeners = new Set();
  let scene = null;
  let latents = []; // of the scene's seed
  let state = null;
  let past = [];
  let gesture = null; // its movements of the latent are one step to undo
  let remark = null; // the key of a sentence
  let linked = false; // whether a link's latent was fetched, or is invalid
  let shows = 0;

  const same = (one, other, most = 0) => one.length === other.length && one.every((value, i) => Math.abs(value - other[i]) <= most);
  const announce = (reason) => listeners.forEach((listener) => listener(reason));

  // `listener(reason)` runs when the latent was "moved", another was "taken", or the "scene" changed, and with "scene" now.
  function follow(listener) {
    listeners.add(listener);
    if (scene) listener("scene");
  }

  // The present latent.
  function latent() {
    const { start, z, label } = state;
    return { z, label, from: same(z, start.z) ? start.from : null };
  }

  const changed = () => state !== null && (state.label !== state.start.label || !same(state.z, state.start.z));

  // ------------------------------------------------------------------------------------------------- moving it

  function remember() {
    past = [...past, state].slice(-MOST_STEPS);
  }

  function put(next, reason = "moved") {
    const near = next.start && same(next.z, next.start.z, NEAR);
    state = near ? { ...next, z: next.start.z } : next;
    announce(reason);
    if (reason === "moved") link.touch();
  }

  // A single step that can be undone.
  function step(patch) {
    if (!state) return;
    gesture = null;
    remember();
    put({ ...state, ...patch });
  }

  // Moves the latent along with a `source`, a slider or a walk: all movements by it until `rest()` are one step to undo.
  // `moved(z)` returns the new z from the one before the first of them.
  function hold(source, moved) {
    if (!state) return;
    if (gesture?.source !== source) {
      remember();
      gesture = { source, z: state.z };
    }
    put({ ...state, z: moved(gesture.z) });
  }
  const rest = () => { gesture = null; };

  // Moves the latent without an undo step.
  function sway(z) {
    put({ ...state, z }, "swayed");
  }

  function undo() {
    if (!past.length) return;
    gesture = null;
    const before = past.at(-1);
    past = past.slice(0, -1);
    put(before, before.start === state.start ? "moved" : "taken");
    link.touch();
  }

  // Takes half of z, the first (0) or the second (1), from another latent.
  function mixHalf(other, half) {
    const middle = state.z.length / 2;
    step({ z: state.z.map((value, i) => ((i < middle) === (half === 0) ? other.z[i] : value)) });
  }

  // ------------------------------------------------------------------------------------------------- taking another

  function take(start, z = start.z, label = start.label) {
    if (changed()) remember();
    gesture = null;
    remark = null;
    put({ start, z, label }, "taken");
  }

  const cellLabel = (cell) => scene.cells.labels?.[cell] ?? null;
  const cellLatent = (cell) => ({ ...latents[cell % scene.cells.latents], label: cellLabel(cell) });
  const choose = (cell) => take(cellLatent(cell));

  // The grid's cell of the start latent; -1 for none.
  function cell() {
    const { from, label } = state?.start ?? {};
    if (!from || from.seed !== scene.seed || from.index >= scene.cells.latents) return -1;
    const places = Array.from({ length: scene.num }, (_, i) => i);
    return places.find((i) => i % scene.cells.latents === from.index && cellLabel(i) === label) ?? -1;
  }

  const suits = (one) => one.lineage === scene.lineage && one.dim === scene.dim && one.classes.length === scene.classes.length;

  // The latent after the grid has changed: a moved one stays, an unmoved one follows its cell, another lineage resets it.
  function adapt(before, at) {
    const cellNow = Math.max(0, Math.min(at, scene.num - 1));
    if (!state) return (link.given("explore") === undefined || linked) && choose(0);
    if (before && !suits(before)) {
      state = null;
      past = [];
      choose(cellNow);
      remark = "new_lineage";
    } else if (at >= 0 && !changed() && cell() < 0) choose(cellNow);
  }

  // The grid shows `sheet`: takes over its run, snapshot, seed and truncation. False if another sheet came
  // in between.
  async function show({ facts, moments, num, cells }) {
    const turn = ++shows;
    const { run, seed } = facts;
    const about = await engine.about(run);
    const known = scene?.run === run && scene.seed === seed && scene.cells.latents === cells.latents;
    const fetched = known ? latents : await engine.latents({ run, seed, num: cells.latents });
    if (turn !== shows) return false;
    const [before, at] = [scene, scene && state ? cell() : -1];
    const { lineage, dim, size, classes } = about;
    latents = fetched;
    scene = { run, lineage, dim, size, classes, images: moments[0].images, moment: moments[0], truncation: Number(facts.truncation), seed, num, cells };
    adapt(before, at);
    announce("scene");
    return true;
  }

  // ------------------------------------------------------------------------------------------------- links

  async function open({ start, now }) {
    try {
      const { run } = engine.run();
      const [begun, moved] = await Promise.all([start, now ?? start].map((packed) => link.unpack(packed, run)));
      take(begun, moved.z, moved.label);
    } finally {
      linked = true;
      if (!state && scene) choose(0);
    }
  }

  link.add("explore", {
    read: () => (state ? { start: link.pack(state.start), ...(changed() && { now: link.pack(latent()) }) } : undefined),
    open,
  });

  // The parameters of the present picture.
  function pick({ z, label, from }) {
    take({ z, label, from });
    link.touch();
  }
  shelf.onpick("generate", pick);

  return {
    follow, show, latent, changed, step, hold, rest, sway, undo, mixHalf, cell, cellLatent, pick,
    choose: (number) => pick(cellLatent(number)),
    scene: () => scene, state: () => state, remark: () => remark,
    canUndo: () => past.length > 0,
    reset: (axis) => step({ z: axis.moved(state.z, axis.read(state.start.z)) }),
    resetAll: () => step({ z: state.start.z, label: state.start.label }),
    firstAxis: () => undefined, // of the sliders that are shown
    painted: 0, // painted pictures, to measure a drag's rate
  };
})();
