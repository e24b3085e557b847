// The page's second script: the other tabs, the panels below the pictures, and what draws in the browser. The server bundles it
// (page_script.py) and defines `continued`, which loads it.
import { link } from "./link.js";
import { studio } from "./studio.js";

const SIGNS = ["pointermove", "pointerdown", "wheel", "keydown", "click"]; // of a visitor who will use the page

// Loads it once; resolves to the exports of later.js, `whole` and `workerCode`.
export const rest = (() => {
  let loading = null;
  const again = (error) => { loading = null; throw error; };
  return () => loading ??= continued().catch(again);
})();

const used = new Promise((resolve) => {
  if (link.opened) resolve();
  for (const sign of SIGNS) addEventListener(sign, resolve, { capture: true, once: true, passive: true });
});

// Calls `begin` once the second script is there, and hides `element`, which it fills, until then.
export const later = async (element, begin) => {
  element.style.visibility = "hidden";
  try {
    await rest();
  } catch {
    return studio.tell("no_answer");
  } finally {
    element.style.visibility = "";
  }
  begin();
};

// Resolves as `rest`, which is called when the visitor first does something, or now if a link sets the page's parts.
export const soon = used.then(rest);
