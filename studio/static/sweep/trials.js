// The table of a sweep's trials: sorted by the column whose name is pressed, first by how good they are.
import { studio } from "../page/studio.js";

export const createTrials = (section, { address, open }) => {
  const { word } = studio;
  const [head, body] = [section.querySelector("thead tr"), section.querySelector("tbody")];
  const collator = new Intl.Collator("en", { numeric: true });
  let columns = []; // { name, of(trial), text(trial) }: what is sorted by and what is shown
  let rows = []; // trials, or runs where there is no study, the best first
  let sorted = { column: null, down: false };
  let kept = null; // the trials that remain, or null for all

  const number = (value) => value.toLocaleString(studio.language());

  function linked(text, run) {
    if (!run) return document.createTextNode(text);
    const link = Object.assign(document.createElement("a"), { href: address(run), textContent: text });
    link.onclick = (event) => open(run, event);
    return link;
  }

  // Missing values stand last, either way.
  function compare(one, other) {
    const [a, b] = [one, other].map(columns[sorted.column].of);
    if (a === null || b === null) return (a === null) - (b === null);
    const order = typeof a === "number" ? a - b : collator.compare(a, b);
    return sorted.down ? -order : order;
  }

  function heading({ name }, column) {
    const cell = Object.assign(document.createElement("th"), { scope: "col" });
    if (!name) return cell;
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: name });
    const here = sorted.column === column;
    if (here) cell.ariaSort = sorted.down ? "descending" : "ascending";
    button.title = word("sweep_sort");
    button.onclick = () => {
      sorted = here && sorted.down ? { column: null, down: false } : { column, down: here };
      lay();
      head.children[column].firstChild.focus();
    };
    cell.append(button);
    return cell;
  }

  function row(one) {
    const line = document.createElement("tr");
    line.append(...columns.map(({ text, long }, i) => {
      const cell = document.createElement("td");
      if (long) [cell.className, cell.lang] = ["long", "en"]; // as it stands in the study
      cell.append(i ? text(one) : linked(text(one), one.run));
      return cell;
    }));
    return line;
  }

  const ordered = () => (sorted.column === null ? rows : [...rows].sort(compare));

  function hide() {
    ordered().forEach(({ trial }, i) => { body.children[i].hidden = kept !== null && !kept.has(trial); });
  }

  function lay() {
    const focused = body.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    head.replaceChildren(...columns.map(heading));
    body.replaceChildren(...ordered().map(row));
    hide();
    if (focused) [...body.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus();
    section.hidden = !rows.length;
  }

  function show({ trials, fields, measure, lines }) {
    const values = new Map(lines.map((line) => [line.trial, line.values]));
    columns = [
      { name: word("sweep_trial"), of: ({ trial }) => trial, text: ({ trial }) => String(trial) },
      { name: word("sweep_state"), of: ({ state }) => word(`sweep_${state}`), text: ({ state }) => word(`sweep_${state}`) },
      { name: measure.name, of: ({ value }) => value, text: ({ value }) => (value === null ? "" : String(Number(value.toPrecision(4)))) },
      { name: word("images_seen"), of: ({ images }) => images, text: ({ images }) => number(images) },
      ...fields.map((name, i) => ({ name, of: ({ trial }) => values.get(trial)?.[i] ?? null, text: ({ settings }) => settings[i] })),
      { name: "", text: ({ reason }) => reason, long: true },
    ];
    rows = trials;
    lay();
  }

  function showRuns(runs) {
    columns = [
      { name: word("run"), of: ({ run }) => run, text: ({ run }) => run },
      { name: word("images_seen"), of: ({ images }) => images, text: ({ images }) => number(images) },
    ];
    [rows, kept] = [runs, null];
    lay();
  }

  function narrow(trials) {
    kept = trials;
    hide();
  }

  return { show, showRuns, narrow };
};
