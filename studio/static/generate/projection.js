// "Your picture": a picture that a visitor draws, drops or photographs is searched for in the latent space of the selected
// run. What is found becomes the explored latent. Where the browser draws, it searches too, and the picture stays in it.
import { engine } from "../page/engine.js";
import { local } from "../page/local.js";
import { longer } from "../page/sizes.js";
import { studio } from "../page/studio.js";
import { view } from "../page/view.js";
import { createDrawing } from "./drawing.js";
import { createEdits } from "./edits.js";
import { explore } from "./explore.js";
import { habitsOf, levelled, opposite, placed } from "./like_the_set.js";
import { createSources } from "./picture_sources.js";
import { createRace } from "./race.js";
import { createSearchFiles } from "./search_files.js";
import { found as kept } from "./found.js";
import { createLearned } from "./learned.js";
import { searching } from "./searching.js";

export const projection = (element) => {
  const SQUARE = 260; // px of the square's longer side at most
  const [REST, SOON] = [500, 60]; // ms after a stroke, and after a picture or its crop, until the search begins
  const HABITS = 16; // pictures from which the run's habits are taken
  const COLOURS = ["#16181D", "#FAF9F6", "#8C5A3C", "#F2C9A8", "#C23D22", "#E0A526", "#3F7D4E", "#3454A4", "#7B4FA3", "#E58FB1"];
  const panel = element.querySelector(".yours");
  const part = (name) => panel.querySelector(`.yours-${name}`);
  const [square, thickness, prior, search, problem] = ["square", "thickness", "prior", "search", "problem"].map(part);
  const [centred, inverted] = ["centred", "inverted"].map((name) => panel.querySelector(`[name=yours-${name}]`));
  const TOOLS = ["pen", "eraser", "keep", "free", "drag"];
  const EDITING = ["keep", "free", "drag", "marks"]; // what is for the explored picture only
  const tools = TOOLS.map(part);
  let facts = null; // of the run that the square is for
  let habits = null; // of its pictures
  let photo = null; // the picture below the strokes, before its levels
  let timer = 0;
  let going = null; // the search: { stop }
  let fault = null; // the key of a sentence and its values

  const drawing = createDrawing(square, (whole) => {
    settle();
    clearTimeout(timer);
    if (!drawing.empty()) timer = setTimeout(() => find(), whole || drawing.drags().length ? SOON : REST);
  }, () => { clearTimeout(timer); edits.follow(); });
  const edits = createEdits(panel, drawing, {
    moment: () => ({ run: facts.run, images: view.get().images }), prior: () => Number(prior.value), take,
  });
  const sources = createSources(panel, { moment: () => view.get(), took: lay, failed: fail });
  const race = createRace(panel, propose);
  const files = createSearchFiles(panel, race, ({ z, label, error }) => ({
    run: studio.called(facts.run), images: view.get().images, z: engine.base64(z), labels: label === null ? null : [label],
    rmse: error, prior: Number(prior.value),
  }));
  const learned = createLearned(panel, { target: () => wanted(), question: () => ({ prior: Number(prior.value) }), levels: race.levels });

  // ------------------------------------------------------------------------------------------------- the run

  async function open() {
    const run = engine.run();
    if (!panel.open || !run?.moments.length || facts?.run === run.run) return;
    facts = run;
    const { images } = view.get();
    const latents = await engine.latents({ run: run.run, seed: 0, num: HABITS });
    const pictures = await engine.draw({ run: run.run, images, latents });
    if (facts !== run) return;
    const grey = run.channels === 1;
    habits = grey ? habitsOf(pictures) : null;
    const ink = grey ? (habits.ground ? "#000" : "#fff") : COLOURS[0];
    sources.close();
    photo = null;
    edits.begin(null);
    drawing.fit(run, grey ? `rgb(${habits.ground} ${habits.ground} ${habits.ground})` : run.channels > 3 ? null : "#fff");
    fit();
    const side = longer(run.size);
    Object.assign(thickness, { max: side / 4, value: side / 11 });
    drawing.use({ kind: "pen", width: Number(thickness.value), colour: ink });
    part("centred").hidden = !habits?.even;
    part("inverted").hidden = !grey;
    colours(grey ? [] : COLOURS);
    search.hidden = true;
    speak();
    if (await local.ready({ run: run.run, images })) local.prepare({ run: run.run, images }).catch(() => {}); // a search tells
    speak();
  }

  function fit() {
    if (!facts) return;
    const room = Math.min(SQUARE, part("own").clientWidth || SQUARE);
    const scale = Math.max(1, Math.floor(room / longer(facts.size)));
    const [height, width] = drawing.size();
    Object.assign(square.style, { width: `${width * scale}px`, height: `${height * scale}px` });
    square.classList.toggle("transparent", facts.transparent);
  }

  function colours(all) {
    const place = part("colours");
    place.hidden = !all.length;
    const own = Object.assign(document.createElement("input"), { type: "color", value: all[4] ?? "#000000" });
    own.oninput = () => colour(own.value);
    place.replaceChildren(...all.map((value) => {
      const button = Object.assign(document.createElement("button"), { type: "button", onclick: () => colour(value) });
      button.style.background = button.dataset.colour = value;
      return button;
    }), own);
    if (all.length) colour(all[0]);
  }

  function colour(value) {
    drawing.use({ colour: value });
    use("pen");
    part("colours").querySelectorAll("button").forEach((button) => button.setAttribute("aria-pressed", button.dataset.colour === value));
  }

  function use(kind) {
    drawing.use({ kind });
    tools.forEach((button) => button.setAttribute("aria-pressed", button.classList.contains(`yours-${kind}`)));
  }

  // ------------------------------------------------------------------------------------------------- the target

  // Lays a picture from outside below the strokes.
  function lay(bitmap, kind) {
    photo = { bitmap, kind };
    edits.begin(null);
    if (facts.channels === 1 && kind === "photo") inverted.checked = habits.even && opposite(pixelsOf(bitmap), habits);
    level();
  }

  function level() {
    const { bitmap, kind } = photo;
    if (facts.channels > 1 || kind !== "photo") return drawing.take(bitmap);
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext("2d").putImageData(levelled(pixelsOf(bitmap), habits, inverted.checked), 0, 0);
    drawing.take(canvas);
  }

  function pixelsOf(bitmap) {
    const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    context.drawImage(bitmap, 0, 0);
    return context.getImageData(0, 0, bitmap.width, bitmap.height);
  }

  // The picture to search for: a drawing of a run such as digits is centred and scaled like its set, one of the set is left alone.
  function wanted() {
    const plain = drawing.picture();
    const places = habits?.even && centred.checked && !edits.on() && photo?.kind !== "set";
    return places ? drawing.picture(placed(plain, habits)) : plain;
  }

  // The explored picture to paint on: what is painted counts most, the rest should stay as it is.
  async function paint() {
    if (!explore.state()) return;
    const { run, images, truncation } = explore.scene();
    const { z, label } = explore.latent();
    const begun = { z: z.map((value) => value * truncation), label };
    const [picture] = await engine.draw({ run, images, latents: [begun] });
    sources.close();
    photo = null;
    edits.begin(begun);
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    canvas.getContext("2d").putImageData(picture, 0, 0);
    drawing.take(canvas);
    settle();
  }

  // ------------------------------------------------------------------------------------------------- the search

  async function find(from = []) {
    going?.stop();
    if (!facts || drawing.empty()) return;
    const editing = edits.on();
    if (editing && !drawing.strokes()) return restore();
    const { run, images } = view.get();
    const { target, weights } = editing ? edits.goal() : { target: wanted(), weights: null };
    const mine = { stop: () => { mine.stopped = true; mine.halt?.(); } };
    going = mine;
    let taken = false;
    const took = (best) => { taken = true; propose(best); };
    const told = (found) => {
      if (going !== mine) return;
      race.show(found, "searching");
      if (found[0].ended && !taken) took(found[0]); // the other proposals are still to come
    };
    fail(null);
    search.hidden = false;
    race.begin(facts, target, !editing);
    race.wait();
    settle();
    try {
      const question = { target, prior: Number(prior.value), weights, from: editing ? edits.start() : from };
      const { done, stop } = await searching(editing ? "edit" : "search", { run, images }, question, told);
      mine.halt = stop;
      if (mine.stopped) stop();
      const { found, typical } = await done;
      if (going !== mine) return;
      race.show(found, mine.stopped ? "stopped" : "done");
      race.judge(typical);
      if (!taken) took(found[0]);
    } catch (error) {
      if (going === mine) fail("yours_failed", { reason: error.message });
    }
    if (going === mine) going = null;
    settle();
  }

  // All strokes were taken back.
  function restore() {
    going = null;
    edits.restore();
    search.hidden = true;
    settle();
  }

  function propose(candidate) {
    take(candidate);
    if (edits.on()) edits.choose(candidate);
    else kept.keep(facts.run, { images: view.get().images, error: candidate.error });
  }

  // Makes a candidate the explored latent; its z is divided by the truncation, by which drawing multiplies it.
  function take({ z, label }) {
    const { truncation } = explore.scene();
    if (truncation < 0.05) return fail("yours_truncation");
    explore.pick({ z: z.map((value) => value / truncation), label, from: null });
  }

  // ------------------------------------------------------------------------------------------------- words and buttons

  function fail(key, values = {}) {
    fault = key && { key, values };
    problem.textContent = fault ? studio.word(fault.key, fault.values) : "";
  }

  function settle() {
    part("undo").disabled = part("clear").disabled = drawing.empty();
    files.settle(!going && race.best() !== null);
    part("stop").hidden = !going;
    part("again").hidden = Boolean(going);
    EDITING.forEach((name) => { part(name).hidden = !edits.on(); });
    part("epochs").disabled = Boolean(going) || drawing.empty();
  }

  function speak() {
    studio.speak(panel);
    square.ariaLabel = studio.word("yours_square");
    const here = facts && local.has({ run: facts.run, images: view.get().images });
    part("privacy").textContent = facts ? studio.word(here ? "yours_here" : "yours_there") : "";
    part("colours").querySelectorAll("button, input").forEach((one) => { one.ariaLabel = one.dataset.colour ?? studio.word("yours_colour"); });
    prior.setAttribute("aria-valuetext", studio.word("yours_prior_value", { value: prior.value }));
    fail(fault?.key, fault?.values);
    sources.speak();
    race.speak();
    edits.speak();
    learned.speak();
    files.speak();
    settle();
  }

  tools.forEach((button, i) => { button.onclick = () => use(TOOLS[i]); });
  thickness.oninput = () => drawing.use({ width: Number(thickness.value) });
  part("undo").onclick = drawing.undo;
  part("clear").onclick = () => {
    photo = null;
    edits.begin(null);
    going?.stop();
    going = null;
    sources.close();
    drawing.clear();
    search.hidden = true;
    settle();
  };
  part("paint").onclick = paint;
  part("stop").onclick = () => going?.stop();
  part("again").onclick = () => find();
  prior.oninput = speak;
  prior.onchange = () => { race.restart(); find(race.best() ? [race.best()] : []); };
  centred.onchange = () => find();
  inverted.onchange = level;
  panel.addEventListener("toggle", open);
  new ResizeObserver(fit).observe(part("own"));
  engine.follow(() => { open().catch((error) => fail("yours_failed", { reason: error.message })); });
  view.follow((_, changed) => { if (changed.has("images") && panel.open && facts && !drawing.empty()) find(); });
  studio.follow(speak);
};
