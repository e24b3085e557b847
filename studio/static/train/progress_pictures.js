// "Parent | now | your pictures": the same latents at the start of a training and now, beside its training pictures.
import { engine } from "../page/engine.js";
import { studio } from "../page/studio.js";
import { training } from "./training.js";
import { format } from "./format.js";
import { sheets } from "./sheets.js";

export const progressPictures = (element) => {
  const { word } = studio;
  const place = element.querySelector(".train-panels");
  const show = sheets.panels(place);
  const grid = element.querySelector(".train-grid");
  const [image, caption] = grid.children;
  const EMPTY = { id: null, first: [], now: [], at: null, real: null }; // `real`: { state, uploaded, pictures }
  const REAL = { here: "train_real_says", coming: "train_real_coming", gone: "train_real_gone", hidden: "train_real_hidden" };
  const OVER = ["finished", "stopped", "failed"];
  let held = EMPTY; // of the displayed job
  let job = null;

  function speak() {
    const facts = { run: job.parent?.title, images: held.at === null ? "" : format.number(held.at) };
    const none = word(job.state === "waiting" ? "train_not_begun" : OVER.includes(job.state) ? "train_no_picture_left" : "train_no_picture");
    const begun = held.first.length > 0;
    place.hidden = OVER.includes(job.state) && job.grid === null;
    show([
      { name: word(job.parent ? "train_parent" : "train_begin", facts), pictures: held.first, says: begun ? word("train_first_says") : none },
      { name: word(OVER.includes(job.state) ? "train_end" : "train_now"), pictures: held.now, says: held.at === null ? none : word(held.at ? "train_after" : "train_first_says", facts) },
      { name: word(held.real?.uploaded ? "train_yours" : "train_real"), pictures: held.real?.pictures ?? [], says: held.real ? word(REAL[held.real.state]) : "" },
    ]);
    grid.hidden = !held.at;
    caption.textContent = grid.hidden ? "" : word("train_grid_says", facts);
    image.alt = caption.textContent;
  }

  // The grid at the largest integer scale that fits.
  function fit() {
    const times = Math.floor(grid.clientWidth / image.naturalWidth);
    image.style.width = times >= 1 ? `${image.naturalWidth * Math.min(times, 2)}px` : "100%";
  }

  const hold = (id, patch) => { if (job?.id === id) { held = { ...held, ...patch }; speak(); } };
  const gridOf = async (id, images) => sheets.decode((await training.ask("grid", { id, images })).picture);

  // Loads the newest grid, and once the first one, drawn by the parent.
  const look = engine.newest(async ({ id, grid: newest }) => {
    if (job.id !== id || newest === null || newest === held.at) return;
    try {
      const facts = await engine.about(`~${id}`);
      const sheet = await gridOf(id, newest);
      const first = held.first.length ? held.first : sheets.cut(newest ? await gridOf(id, 0) : sheet, facts);
      image.src = sheet.src;
      for (const name of ["pixelated", "transparent"]) image.classList.toggle(name, facts[name]);
      hold(id, { first, now: sheets.cut(sheet, facts), at: newest });
    } catch { /* the next poll loads another */ }
  });

  // The real pictures, once.
  const gather = engine.newest(async (id) => {
    if (job.id !== id || (held.real && held.real.state !== "coming")) return;
    try {
      const answer = await training.ask("real", { id });
      hold(id, { real: { state: answer.data, uploaded: answer.uploaded, pictures: answer.num ? sheets.pictures(engine.decoded(answer)) : [] } });
    } catch { /* the next poll asks again */ }
  });

  image.onload = fit;
  new ResizeObserver(fit).observe(grid);
  return (shown) => {
    job = shown;
    if (held.id !== job.id) held = { ...EMPTY, id: job.id };
    speak();
    look(job);
    gather(job.id);
  };
};
