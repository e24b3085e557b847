// The request that the form's parts show and edit: { run, images, recipe, kind, set, classes, unit, minutes, length, ... }.
// `run` null trains `recipe` from scratch; `images` is the snapshot, null for the last; no classes means all.
import { longer } from "../page/sizes.js";
import { view } from "../page/view.js";

export const formState = (() => {
  const ADVANCED = ["g_lr", "d_lr", "batch_size", "snapshot_every", "grid_every", "seed"]; // null: the parent's or the recipe's
  const listeners = new Set();
  let state = {
    run: null, images: null, recipe: null, kind: "built-in", set: null, classes: [], flip: false, unit: "minutes", minutes: 5, length: 100000,
    ...Object.fromEntries(ADVANCED.map((name) => [name, null])),
  };

  function take(patch) {
    state = { ...state, ...patch };
    listeners.forEach((listener) => listener(state));
  }

  // Calls `listener(state)` now and at every change.
  function follow(listener) {
    listeners.add(listener);
    listener(state);
  }

  // Steps between grids: a few seconds on two cores, so that progress is visible.
  const steps = () => (longer(view.get().frame?.size ?? 0) > 32 ? 10 : 25);

  const source = () => (state.kind === "upload" ? { kind: "upload", upload: view.get().upload?.id ?? null }
    : { kind: "built-in", name: state.set, ...(state.classes.length ? { classes: state.classes } : {}) });

  // The request in the server's format.
  const request = () => ({
    ...(state.run === null ? { recipe: state.recipe } : { run: state.run, images: state.images }),
    source: source(),
    [state.unit]: state[state.unit],
    grid_every: steps(),
    ...(state.kind === "upload" && state.flip ? { flip: true } : {}),
    ...Object.fromEntries(ADVANCED.filter((name) => state[name] !== null).map((name) => [name, state[name]])),
  });

  return { get: () => state, take, follow, request, steps };
})();
