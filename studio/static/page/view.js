// What is looked at now, for all tabs: { tab, run, images, seed, truncation, label }. `images` is the snapshot that is chosen
// in Generate, `label` null for mixed, `weightless` the run that is chosen but came without its weights. The sheet of Generate says what it shows, the shell which tab is open.
import { engine } from "./engine.js";

export const view = (() => {
  const listeners = new Set();
  let view = { tab: "generate", run: null, images: null, seed: 0, truncation: 1, label: null, weightless: null };

  // Merges `patch`; listeners are told where something has changed.
  function set(patch) {
    const changed = new Set(Object.keys(patch).filter((key) => !Object.is(view[key], patch[key])));
    if (!changed.size) return;
    view = { ...view, ...patch };
    listeners.forEach((listener) => listener(view, changed));
  }

  // `listener` runs now, with every key as changed, and whenever something changes.
  function follow(listener) {
    listeners.add(listener);
    listener(view, new Set(Object.keys(view)));
  }

  // The moment that is chosen stays where the run has it, as in Generate's menu; else it is the run's last.
  engine.follow((facts) => {
    if (!facts) return set({ run: null, images: null });
    const has = facts.moments.some(({ images }) => images === view.images);
    set({ run: facts.run, images: has ? view.images : (facts.moments.at(-1)?.images ?? null) });
  });

  return { get: () => ({ ...view }), set, follow };
})();

// Opens a tab by its name in the page's TABS; none where the page lacks it.
export const go = (tab) => document.querySelector(`#tab-${tab}-button`)?.click();
