// The state shared by all tabs: { tab, run, images, seed, truncation, label }. `images` is the snapshot selected
// in Generate, `label` is null for mixed, `weightless` is a selected run without weights. Generate's sheet and the tabs set it.
import { engine } from "./engine.js";

export const view = (() => {
  const listeners = new Set();
  let view = { tab: "generate", run: null, images: null, seed: 0, truncation: 1, label: null, weightless: null };

  // Merges `patch`; calls the listeners if something has changed.
  function set(patch) {
    const changed = new Set(Object.keys(patch).filter((key) => !Object.is(view[key], patch[key])));
    if (!changed.size) return;
    view = { ...view, ...patch };
    listeners.forEach((listener) => listener(view, changed));
  }

  // Calls `listener` now, with all keys as changed, and at every change.
  function follow(listener) {
    listeners.add(listener);
    listener(view, new Set(Object.keys(view)));
  }

  // Keeps the selected snapshot if the run has it, as Generate's menu does; else selects the last.
  engine.follow((facts) => {
    if (!facts) return set({ run: null, images: null });
    const has = facts.moments.some(({ images }) => images === view.images);
    set({ run: facts.run, images: has ? view.images : (facts.moments.at(-1)?.images ?? null) });
  });

  return { get: () => ({ ...view }), set, follow };
})();

// Opens a tab by its name in the page's TABS; does nothing for unknown names.
export const go = (tab) => document.querySelector(`#tab-${tab}-button`)?.click();
