// The divider of two films, one over the other: it shows the first at its left, the second, `over`, at its right.
import { studio } from "../page/studio.js";

export const createDivider = (screen, handle, over) => {
  const KEYS = { ArrowLeft: -2, ArrowDown: -2, ArrowRight: 2, ArrowUp: 2, PageDown: -10, PageUp: 10, Home: -100, End: 100 };
  let share = 50; // percent of the width
  let name = "";

  function set(value) {
    share = Math.round(Math.max(0, Math.min(100, value)));
    handle.style.left = `${share}%`;
    over.style.clipPath = `inset(0 0 0 ${share}%)`;
    handle.setAttribute("aria-valuenow", share);
    handle.setAttribute("aria-valuetext", studio.word("divider_says", { run: name, share }));
  }

  function drag({ clientX }) {
    const { left, width } = screen.getBoundingClientRect();
    set((100 * (clientX - left)) / width);
  }

  handle.onpointerdown = (event) => {
    if (event.button) return;
    handle.setPointerCapture(event.pointerId);
    drag(event);
  };
  handle.onpointermove = (event) => { if (handle.hasPointerCapture(event.pointerId)) drag(event); };
  handle.onkeydown = (event) => {
    if (!(event.key in KEYS)) return;
    event.preventDefault();
    set(share + KEYS[event.key]);
  };

  // `shown` with two runs; the first is called `run`.
  return (shown, run) => {
    name = run;
    handle.hidden = !shown;
    set(share);
  };
};
