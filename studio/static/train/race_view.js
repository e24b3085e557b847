// The displayed race: each training's pictures of the same latents, its health and links, and the curves of all over the seconds
// that each has trained.
import { engine } from "../page/engine.js";
import { studio } from "../page/studio.js";
import { training } from "./training.js";
import { format } from "./format.js";
import { VERDICTS } from "./health.js";
import { plot } from "./plot.js";
import { raceName } from "./race_names.js";
import { sheets } from "./sheets.js";

export const raceView = (element) => {
  const { word } = studio;
  const EDGE = 10; // losses beyond are drawn at the edge
  const ENDED = ["finished", "stopped", "failed", "paused", "interrupted"];
  const place = element.querySelector(".race-panels");
  const show = sheets.panels(place);
  const CURVES = [["diversity", "race_diversity", 2], ["g_loss", "race_g_loss", EDGE], ["d_loss", "race_d_loss", EDGE]];
  const curves = CURVES.map(([key, name, most]) => {
    const says = () => word("race_alt", { what: word(name) });
    return { key, most, draw: plot(element.querySelector(`.race-${key}`), { says, end: format.duration }) };
  });
  let job = null;
  let held = []; // of each training { at, pictures }: its newest pictures, and after how many images they were drawn

  const look = engine.newest(async ({ id, lanes }) => {
    for (const [lane, { run, grid }] of lanes.entries()) {
      if (job.id !== id) return;
      if (grid === null || held[lane].at === grid) continue;
      try {
        const sheet = await sheets.decode((await training.ask("grid", { id, images: grid, lane })).picture);
        const pictures = sheets.cut(sheet, await engine.about(run));
        if (job.id === id) held[lane] = { at: grid, pictures };
        speak();
      } catch { /* the next poll loads another */ }
    }
  });

  // Epochs opens beside another of the race, with the same latents.
  function address(lane) {
    const beside = job.lanes[lane ? 0 : 1].run;
    return `#tab=epochs&run=${encodeURIComponent(job.lanes[lane].run)}&parts=${encodeURIComponent(JSON.stringify({ epochs: { other: beside } }))}`;
  }

  async function pack(lane, button) {
    button.disabled = true;
    try {
      const { file, name } = await training.ask("zip", { id: job.id, lane });
      studio.offer(new Blob([engine.bytes(file)], { type: "application/zip" }), name);
    } catch ({ message }) {
      button.title = message;
    } finally {
      button.disabled = false;
    }
  }

  function outcome(lane) {
    const made = Object.assign(document.createElement("div"), { className: "race-outcome" });
    const zip = Object.assign(document.createElement("button"), { type: "button", className: "quiet" });
    zip.onclick = () => pack(lane, zip);
    made.append(...["p", "a"].map((tag) => document.createElement(tag)), zip);
    return made;
  }

  function tell(figure, lane) {
    if (!figure.querySelector(".race-outcome")) figure.append(outcome(lane));
    figure.dataset.lane = lane;
    const { fault, health } = job.lanes[lane];
    const [reading, link, zip] = figure.querySelector(".race-outcome").children;
    const verdict = VERDICTS[health?.verdict];
    reading.textContent = fault === null ? (verdict ? word(verdict) : "") : word("race_failed", { reason: fault });
    reading.className = fault === null ? "" : "race-fault";
    link.hidden = !ENDED.includes(job.state) || held[lane].at === null;
    zip.hidden = link.hidden || !job.mine;
    if (link.getAttribute("href") !== address(lane)) link.href = address(lane);
    const name = raceName(job.lanes[lane].settings);
    [link.textContent, zip.textContent] = [word("epochs"), word("train_zip")];
    [link.ariaLabel, zip.ariaLabel] = [`${word("epochs")}: ${name}`, `${word("train_zip")}: ${name}`];
  }

  function speak() {
    if (!job) return;
    show(job.lanes.map(({ settings, images, seconds }, lane) => ({
      name: raceName(settings),
      pictures: held[lane].pictures,
      says: held[lane].at === null ? word("race_none") : word("race_facts", { images: format.number(images), time: format.duration(seconds) }),
    })));
    [...place.children].forEach(tell);
    const end = job.minutes / job.lanes.length * 60;
    curves.forEach(({ key, most, draw }) => draw(job.lanes.map(({ history }, lane) => ({
      kind: `lane-${lane}`,
      points: history.filter((line) => Number.isFinite(line[key])).map((line) => [line.seconds, Math.min(most, Math.max(-most, line[key]))]),
    })), end));
  }

  return (shown) => {
    if (job?.id !== shown.id) held = shown.lanes.map(() => ({ at: null, pictures: [] }));
    job = shown;
    speak();
    look(job);
  };
};
