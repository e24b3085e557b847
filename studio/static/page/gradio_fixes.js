// Works around Gradio's menus and sliders, which lack keyboard and screen reader support, and its error for a full queue.
import { studio } from "./studio.js";

// A full queue rejects a call, which Gradio shows in English and drops. Shows a message in the page's language and retries.
{
  const PAUSE = 1000; // ms, up to doubled at random to spread the retries
  const LINGER = 1500; // ms for which the message stays after that
  const fetched = window.fetch;
  window.fetch = async (...asked) => {
    const answer = await fetched(...asked);
    if (answer.status !== 503 || !String(asked[0]?.url ?? asked[0]).includes("/queue/join")) return answer;
    const pause = PAUSE * (1 + Math.random());
    studio.tell("queue_full", {}, pause + LINGER);
    await new Promise((done) => { setTimeout(done, pause); });
    return window.fetch(...asked);
  };
}

// Gradio's menu handles keys late: after Tab it opens again once it has lost the focus, and Enter fires no event. So it gets
// only the keys that move within it, and Enter becomes a click on the highlighted line.
addEventListener("keydown", (event) => {
  if (!event.target.matches?.('input[role="combobox"]')) return;
  if (["ArrowUp", "ArrowDown", "Home", "End", "Escape"].includes(event.key)) return;
  event.stopPropagation();
  const reached = () => event.target.closest(".wrap").querySelector("li.active");
  const click = () => reached()?.dispatchEvent(new MouseEvent("mousedown", { bubbles: true, cancelable: true }));
  if (event.key === "Enter") requestAnimationFrame(() => setTimeout(click)); // after pending key events
}, true);

// Gradio labels sliders in English in every language, and doesn't announce their values.
const nameSliders = () => {
  document.querySelectorAll('.controls input[data-testid="range-input"]').forEach((slider) => {
    const block = slider.closest(".block");
    const says = { "aria-label": block.querySelector('[data-testid="block-info"]').textContent.trim() };
    const name = (input, words) => Object.entries(words).forEach(([key, text]) => {
      if (input.getAttribute(key) !== text) input.setAttribute(key, text);
    });
    name(block.querySelector('input[type="number"]'), says);
    name(slider, { ...says, "aria-valuetext": slider.value });
  });
};
new MutationObserver(nameSliders).observe(document, {
  subtree: true, childList: true, characterData: true, attributeFilter: ["aria-label"],
});
addEventListener("input", () => requestAnimationFrame(nameSliders));
