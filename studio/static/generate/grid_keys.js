// The arrow keys in a grid of buttons. One of them is in the tab order: that which was focused last.
export const gridKeys = (grid, columns) => {
  const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns };
  grid.onkeydown = (event) => {
    if (!Object.hasOwn(STEPS, event.key)) return;
    event.preventDefault();
    grid.children[[...grid.children].indexOf(event.target) + STEPS[event.key]]?.focus();
  };
  grid.addEventListener("focusin", ({ target }) => {
    [...grid.children].forEach((button) => { button.tabIndex = button === target ? 0 : -1; });
  });
};
