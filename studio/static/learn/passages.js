// The chapters on what Generate and Interpolate let a visitor play with: a few sentences for each way, beside the lines that
// compute it, and a button that opens its panel. The words of a way are CHAPTER_WAY.
import { engine } from "../page/engine.js";
import { studio } from "../page/studio.js";
import { go } from "../page/view.js";
import { visibility } from "./visibility.js";

const unfold = (panel) => { panel.open = true; };
const PANELS = {
  evolution: { tab: "generate", at: "#children .children", open: unfold },
  regression: { tab: "generate", at: '#explore [data-kind="named"]', open: (kind) => kind.click() },
  dissection: { tab: "generate", at: "#units .units", open: unfold },
  mixing: { tab: "generate", at: "#mix-layers .mixing", open: unfold },
  blending: { tab: "interpolate", at: "#blend .blend", open: () => {} },
};

const PATIENCE = 3000; // ms until a tab shows its panel, and then until all above the panel is drawn
const ACTS = ["wheel", "touchmove", "pointerdown", "keydown"];

// The panel, once its tab shows it; null if that is not soon, as of a run that can't be drawn.
async function shown(at) {
  for (const begun = performance.now(); performance.now() - begun < PATIENCE;) {
    const panel = document.querySelector(at);
    if (panel?.checkVisibility()) return panel;
    await new Promise(requestAnimationFrame);
  }
  return null;
}

// Scrolls to the panel, and again whenever the page grows, until all is drawn or the visitor acts.
function bring(panel) {
  const behavior = studio.still ? "auto" : "smooth";
  const watcher = new ResizeObserver(() => panel.scrollIntoView({ behavior }));
  const end = () => watcher.disconnect();
  watcher.observe(document.body);
  setTimeout(end, PATIENCE);
  ACTS.forEach((act) => addEventListener(act, end, { once: true, passive: true, signal: AbortSignal.timeout(PATIENCE) }));
}

export const passages = (element, chapter) => {
  const part = (name) => element.querySelector(`.${name}`);
  const make = (tag, settings = {}) => Object.assign(document.createElement(tag), settings);
  const says = (node, word) => { node.dataset.word = word; };

  function rowOf(way, { file, line, text }) {
    const said = make("p");
    says(said, `${chapter}_${way}`);
    const where = make("p", { className: "remark" });
    where.append(make("code", { textContent: `${file}:${line}` }));
    const lines = make("pre", { tabIndex: 0, ariaLabel: `${file}:${line}`, textContent: text });
    lines.setAttribute("role", "region");
    const code = make("div", { className: "passage" });
    code.append(where, lines);
    const row = make("div", { className: "way" });
    row.append(said, code);
    return row;
  }

  async function show() {
    try {
      const found = await engine.ask({ what: "passages", chapter });
      part("ways").replaceChildren(...Object.entries(found.passages).map(([way, lines]) => rowOf(way, lines)));
      studio.speak(element);
    } catch (error) {
      part("told").textContent = error.message;
    }
  }

  part("deed").onclick = async () => {
    const { tab, at, open } = PANELS[chapter];
    go(tab);
    const panel = await shown(at);
    if (!panel) return;
    open(panel);
    bring(panel);
  };
  part("chapter").id = chapter;
  says(part("title"), `chapter_${chapter}`);
  for (const [name, word] of [["lead", "lead"], ["note", "remark"], ["deed", "try"]]) says(part(name), `${chapter}_${word}`);
  visibility.near(element, show);
  studio.follow(() => studio.speak(element));
};
