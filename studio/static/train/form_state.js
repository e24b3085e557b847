// The request that the form's parts show and edit: { run, images, recipe, kind, set, classes, unit, minutes, length, ... }.
// `run` null trains `recipe` from scratch; `images` is the snapshot, null for the last; no classes means all. `labels` and `alpha`
// count where the upload and the network have classes and transparency. `race` holds the settings of each training of a race; null
// for a single training.
import { longer } from "../page/sizes.js";
import { view } from "../page/view.js";

export const formState = (() => {
  const ADVANCED = ["g_lr", "d_lr", "batch_size", "snapshot_every", "grid_every", "seed"]; // null: the parent's or the recipe's
  const USUAL_SIZE = 64; // pixels
  const listeners = new Set();
  let state = {
    run: null, images: null, recipe: null, kind: "built-in", set: null, classes: [], flip: false, labels: true, alpha: false, unit: "minutes", minutes: 5, length: 100000, race: null,
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
  function steps() {
    const { frame, upload } = view.get();
    return longer(frame?.size || (state.kind === "upload" && upload?.size) || USUAL_SIZE) > 32 ? 10 : 25;
  }

  const source = () => (state.kind === "upload" ? { kind: "upload", upload: view.get().upload?.id ?? null }
    : { kind: "built-in", name: state.set, ...(state.classes.length ? { classes: state.classes } : {}) });

  // Whether the training tells the classes of the upload apart, and whether it draws their transparency: if the upload has
  // some, and the network that is trained can.
  const labelled = () => state.labels && Boolean(view.get().upload?.classes && view.get().frame?.conditional);
  const alpha = () => state.alpha && state.run === null && Boolean(view.get().upload?.transparent);

  // The request in the server's format.
  const request = () => ({
    ...(state.run === null ? { recipe: state.recipe } : { run: state.run, images: state.images }),
    source: source(),
    [state.unit]: state[state.unit],
    grid_every: steps(),
    ...(state.race ? { race: state.race } : {}),
    ...(state.kind === "upload" ? Object.fromEntries(Object.entries({ flip: state.flip, labels: labelled(), alpha: alpha() }).filter(([, on]) => on)) : {}),
    ...Object.fromEntries(ADVANCED.filter((name) => state[name] !== null).map((name) => [name, state[name]])),
  });

  return { get: () => state, take, follow, request, steps, alpha };
})();
