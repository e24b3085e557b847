// Highlights together what belongs to one term: its formula, curve, code, and place in the training step.
// Applies to all elements in `place` with term numbers in data-terms; a tap keeps the highlight.
export const createHighlighting = (place) => {
  let held = null;

  const termsOf = (node) => node.closest("[data-terms]")?.dataset.terms ?? null;
  const share = ({ dataset }, terms) => terms !== null && dataset.terms.split(" ").some((term) => terms.split(" ").includes(term));

  function highlight(terms) {
    place.toggleAttribute("data-lit", terms !== null);
    place.querySelectorAll("[data-terms]").forEach((part) => part.classList.toggle("lit", share(part, terms)));
  }

  function hold(terms) {
    held = held === terms ? null : terms;
    place.querySelectorAll("button[data-terms]").forEach((button) => button.setAttribute("aria-pressed", share(button, held)));
    highlight(held);
  }

  place.addEventListener("pointerover", ({ target, pointerType }) => {
    if (pointerType !== "touch") highlight(termsOf(target) ?? held);
  });
  place.addEventListener("pointerleave", () => highlight(held));
  place.addEventListener("focusin", ({ target }) => highlight(termsOf(target) ?? held));
  place.addEventListener("focusout", () => highlight(held));
  place.addEventListener("click", ({ target }) => { if (termsOf(target) !== null) hold(termsOf(target)); });
  return { clear: () => { held = null; highlight(null); } };
};
