// The request that the form's parts show and edit: { run, images, recipe, kind, set, classes, unit, minutes, length, ... }.
// `run` null trains `recipe` from scratch; `images` is the snapshot, null for the last; no classes means all.
import { view } from "../page/view.js";

export const wish = (() => {
  const ADVANCED = ["g_lr", "d_lr", "batch_size", "snapshot_every", "grid_every", "seed"]; // null: the parent's or the recipe's
  const listeners = new Set();
  let wish = {
    run: null, images: null, recipe: null, kind: "built-in", set: null, classes: [], unit: "minutes", minutes: 5, length: 100000,
    ...Object.fromEntries(ADVANCED.map((name) => [name, null])),
  };

  function take(patch) {
    wish = { ...wish, ...patch };
    listeners.forEach((listener) => listener(wish));
  }

  // Calls `listener(wish)` now and at every change.
  function follow(listener) {
    listeners.add(listener);
    listener(wish);
  }

  // Steps between grids: a few seconds on two cores, so that progress is visible.
  const steps = () => ((view.get().frame?.size ?? 0) > 32 ? 10 : 25);

  const source = () => (wish.kind === "upload" ? { kind: "upload", upload: view.get().upload?.id ?? null }
    : { kind: "built-in", name: wish.set, ...(wish.classes.length ? { classes: wish.classes } : {}) });

  // The request in the server's format.
  const request = () => ({
    ...(wish.run === null ? { recipe: wish.recipe } : { run: wish.run, images: wish.images }),
    source: source(),
    [wish.unit]: wish[wish.unit],
    grid_every: steps(),
    ...Object.fromEntries(ADVANCED.filter((name) => wish[name] !== null).map((name) => [name, wish[name]])),
  });

  return { get: () => wish, take, follow, request, steps };
})();
