// Where Gradio's own menus and sliders fall short for the keyboard and the ear, and its queue for everyone.
import { studio } from "./studio.js";

// A queue that is full refuses a call, which Gradio would show in English and forget. So it is said in the page's language, and
// the call is made again.
{
  const PAUSE = 1000; // ms, and up to twice as long, so that not all come again at once
  const LINGER = 1500; // ms that the sentence stays to be read after that
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

// A menu takes its time with a key: with Tab it opens again once it has lost the focus. And it tells nobody what was
// chosen with Enter. So it gets the keys that move in it; Enter is a click on the line that they have reached.
addEventListener("keydown", (event) => {
  if (!event.target.matches?.('input[role="combobox"]')) return;
  if (["ArrowUp", "ArrowDown", "Home", "End", "Escape"].includes(event.key)) return;
  event.stopPropagation();
  const reached = () => event.target.closest(".wrap").querySelector("li.active");
  const click = () => reached()?.dispatchEvent(new MouseEvent("mousedown", { bubbles: true, cancelable: true }));
  if (event.key === "Enter") requestAnimationFrame(() => setTimeout(click)); // after the keys that are still on their way
}, true);

// A slider is named in English in every language, and doesn't say its value.
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
