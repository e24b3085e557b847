// The Sweep tab: the trials of the opened folder as parallel coordinates, the best grids, what matters, and a table. It asks again
// while it is open, so that it follows a sweep that runs. A trial that is pressed opens its run in Epochs.
import { engine } from "../page/engine.js";
import { copies } from "../page/sheet.js";
import { studio } from "../page/studio.js";
import { go, view } from "../page/view.js";
import { coordinates } from "./coordinates.js";
import { createGrids } from "./grids.js";
import { createTrials } from "./trials.js";

export const sweep = (element, props, trigger) => {
  const LOOK = 5000; // ms between two looks
  const { word } = studio;
  const part = (name) => element.querySelector(`.sweep-${name}`);
  const [title, says, command] = ["title", "says", "command"].map(part);
  let shown = null; // the answer to `sweep`
  let said = ""; // as JSON
  let wanted = null; // the run that is being opened

  const runOf = (trial) => shown.trials.find((one) => one.trial === trial).run;
  const address = (run) => run && `#tab=epochs&run=${encodeURIComponent(run)}`;

  function open(run, event) {
    if (!run || event.ctrlKey || event.metaKey || event.shiftKey) return; // a link to another tab or window
    event.preventDefault();
    if (engine.run()?.run === run) return go("epochs");
    [wanted, props.value] = [run, run];
    trigger("input");
  }

  const trials = createTrials(part("trials"), { address, open });
  const grids = createGrids(part("best"), { address, open });
  const draw = coordinates(part("lines"), {
    word: (key, values) => word(key, values), href: (trial) => address(runOf(trial)), pressed: (trial, event) => open(runOf(trial), event),
    narrowed: trials.narrow,
  });

  // ------------------------------------------------------------------------------------------------- words

  const number = (value) => value.toLocaleString(studio.language());
  const measure = ({ key, values }) => word(key, values);

  function summary({ trials: all, planned, measure: figure }) {
    if (!all.length) return word("sweep_none");
    const states = ["finished", "pruned", "running", "failed"].map((state) => [state, all.filter((one) => one.state === state).length]);
    const told = states.filter(([, num]) => num).map(([state, num]) => word("sweep_some", { num, state: word(`sweep_${state}`) }));
    const [best] = all;
    const counts = word("sweep_counts", { begun: number(all.length), planned: number(planned), told: told.join(word("sweep_and")) });
    if (best.state !== "finished" || best.value === null) return counts;
    return word("sweep_best", { counts, trial: best.trial, measure: measure(figure), value: Number(best.value.toPrecision(4)) });
  }

  function showImportances(shares) {
    const rows = Object.entries(shares).map(([field, share]) => {
      const row = document.createElement("tr");
      const bar = Object.assign(document.createElement("div"), { className: "sweep-bar" });
      bar.style.width = `${100 * share}%`;
      row.append(...["th", "td", "td"].map((tag) => document.createElement(tag)));
      [row.children[0].textContent, row.children[1].textContent] = [field, `${Math.round(100 * share)} %`];
      row.children[0].scope = "row";
      row.children[2].append(bar);
      return row;
    });
    part("importances").hidden = !rows.length;
    part("importances").querySelector("tbody").replaceChildren(...rows);
  }

  // Shows the runs alone where the study can't be read.
  function showFault({ fault, runs }) {
    title.textContent = word("sweep");
    says.textContent = word(fault);
    command.hidden = part("settings").hidden = part("best").hidden = part("importances").hidden = true;
    trials.showRuns(runs);
  }

  function show() {
    studio.speak(element);
    if (!shown) return;
    if (shown.fault) return showFault(shown);
    title.textContent = word("sweep_title", { name: shown.name });
    says.textContent = summary(shown);
    command.hidden = !shown.command;
    command.textContent = shown.command;
    part("settings").hidden = !shown.lines.length;
    showImportances(shown.importances);
    trials.show(shown);
    grids.show(shown);
    draw(shown);
  }

  // ------------------------------------------------------------------------------------------------- following

  const look = engine.newest(async () => {
    if (document.hidden || view.get().tab !== "sweep") return;
    const answer = await engine.ask({ what: "sweep" });
    if (JSON.stringify(answer) === said) return;
    [shown, said] = [answer, JSON.stringify(answer)];
    show();
  });
  const lookQuietly = () => look().catch(() => {}); // it is tried again

  copies(command, () => command.textContent);
  setInterval(lookQuietly, LOOK);
  view.follow((_, changed) => { if (changed.has("tab")) lookQuietly(); });
  engine.follow((facts) => {
    if (!facts || facts.run !== wanted) return;
    wanted = null;
    go("epochs");
  });
  studio.follow(show);
};
