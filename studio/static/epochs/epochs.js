// The Epochs tab. One cursor, the current stop of the film, links the film, the loss curves and the strip.
// All its pictures come from the footage of its tracks: one for a run, two where a second run is chosen.
import { engine } from "../page/engine.js";
import { link } from "../page/link.js";
import { notice } from "../page/sheet.js";
import { shelf } from "../page/shelf.js";
import { studio } from "../page/studio.js";
import { view } from "../page/view.js";
import { createCast } from "./tracks.js";
import { createChoices } from "./choices.js";
import { createCloseup } from "./closeup.js";
import { course } from "./timing.js";
import { createCredit } from "./caption.js";
import { createCurves } from "./curves.js";
import { createFilmstrip } from "./filmstrip.js";
import { createFootage } from "./picture_cache.js";
import { createPair } from "./pair.js";
import { createProjector } from "./player.js";
import { createScores } from "./scores.js";

export const film = (element, props, watch) => {
  const MOST_PINS = 6;
  const part = (name) => element.querySelector(`.${name}`);
  const [room, kinship, fault, legend, strip, pair] = ["epochs", "kinship", "film-fault", "legend", "filmstrip", "pair"].map(part);
  const tell = notice(part("notice"));
  const credits = ["credit-first", "credit-second"].map(part);
  const creditLines = credits.map(createCredit);
  const cast = createCast([createFootage(), createFootage()]);
  const arrivals = new Set(); // runs whose film has played
  let tracks = [];
  let shown = ""; // what the tracks were made from
  let due = false; // whether the film starts once half of it is loaded
  let wished = null; // the images seen of the stop that a link names
  let linked = null; // the latent that a link enlarges
  let lent = []; // the pinned latents of a link, until the visitor chooses other rows

  const open = () => view.get().tab === "epochs";
  const value = () => props.value ?? {};
  const choices = createChoices(room, () => {
    if (choices.get().rows !== "shelf") lent = [];
    link.touch();
    refresh();
  });
  const curves = createCurves(part("losses"), (images) => seek(images));
  const scores = createScores(part("scores"), (images) => seek(images));
  const filmstrip = createFilmstrip(strip, { picked: (images, hovered) => seek(images, hovered), pressed: (row) => enlarge(tracks[0], row) });
  const drawPair = createPair(pair, (index) => enlarge(tracks[0], index));
  const closeup = createCloseup(part("closeup"), { picked: (images) => seek(images), closed: () => link.touch() });
  const projector = createProjector(part("film"), { moved: mark, pressed: (track, index) => enlarge(track, index) });

  // ------------------------------------------------------------------------------------------------- words

  function said(track, moment) {
    const { seed, label } = choices.get();
    const { facts: { run, classes }, truncation, pinned } = track;
    if (pinned) return studio.word("caption_shelf", { run, moment, truncation });
    const named = label !== null && label < classes.length ? studio.word("caption_label", { label: classes[label] }) : "";
    return studio.word("caption", { run, moment, seed, truncation }) + named;
  }

  function sign() {
    const two = tracks.length > 1;
    const sides = ["caption_left", "caption_right"];
    credits[1].hidden = !two;
    tracks.forEach((track, i) => {
      const moment = projector.moment(i);
      const caption = said(track, studio.moment(moment));
      const { facts: { run }, latents, truncation, columns } = track;
      creditLines[i](two ? studio.word(sides[i], { caption }) : caption, { run, images: moment.images, latents, truncation, columns });
    });
    kinship.hidden = !two;
    if (two) kinship.textContent = studio.word(tracks[1].kin, { run: tracks[1].facts.run, seed: choices.get().seed });
  }

  function speak() {
    studio.speak(element);
    offer();
    projector.speak();
    measure();
    closeup.speak();
    legend.hidden = !value().curves;
    if (tracks.length) lay();
  }

  // ------------------------------------------------------------------------------------------------- the cursor

  function mark() {
    const { images } = projector.moment();
    curves.mark(images);
    scores.mark(images);
    if (choices.get().mode === "strip") filmstrip.turn(images);
    const track = closeup.shown() && tracks.findIndex(({ facts }) => facts.run === closeup.shown().facts.run);
    if (track >= 0 && track !== null) closeup.mark(projector.moment(track).images);
    sign();
  }

  // Moves the cursor to the stop nearest to these images of the first run. A hovering mouse doesn't stop a film.
  function seek(images, hovered = false) {
    if (hovered && (projector.playing() || due)) return;
    due = false;
    projector.jump(stopAt(images));
    link.touch();
  }

  function stopAt(images) {
    const away = projector.stops().map(({ at }) => Math.abs(tracks[0].moments[at[0]].images - images));
    return away.lastIndexOf(Math.min(...away));
  }

  const enlarge = (track, index) => magnify(track, track.latents[index], () => track.name(index));

  function magnify({ facts, truncation }, latent, name) {
    closeup.open({ facts, latent, truncation, name });
    mark();
    link.touch();
  }

  const picked = () => studio.word("closeup_picked");

  // ------------------------------------------------------------------------------------------------- the tracks

  // The latents that replace the seed's: the link's, or the shelf's.
  async function rows() {
    if (choices.get().rows !== "shelf") return [];
    const { run } = engine.run();
    const pins = await Promise.all(lent.map((packed) => link.unpack(packed, run))).catch(() => []);
    return pins.length ? pins : shelf.pins();
  }

  function offer() {
    const facts = engine.run();
    if (facts && value().runs) choices.offer({ facts, runs: value().runs, pins: shelf.pins().length + lent.length });
  }

  // All that determines the tab's pictures.
  function wanted() {
    const { mode, left, right, ...chosen } = choices.get();
    const pins = chosen.rows === "shelf" ? [lent, shelf.pins().map(({ id }) => id)] : [];
    const { run, moments } = engine.run();
    return JSON.stringify([run, moments.length, moments.at(-1)?.images, chosen, pins, view.get().truncation]);
  }

  const refresh = engine.newest(async () => {
    const facts = engine.run();
    room.hidden = !facts?.moments.length || !value().runs;
    if (!open() || room.hidden) return;
    offer();
    const key = wanted();
    if (key === shown) return lay();
    const before = tracks[0]?.facts.run === facts.run ? projector.moment().images : null;
    try {
      tracks = await cast(choices.get(), await rows());
    } catch (error) {
      return blame(error);
    }
    shown = key;
    fault.hidden = true;
    const end = tracks[0].moments.at(-1).images;
    const start = arrive(facts.run) ? tracks[0].moments[0].images : (wished ?? before ?? end);
    wished = null;
    show(start);
    tracks.forEach(load);
    if (before === null && closeup.shown()) closeup.end();
    if (linked) restore(linked);
  });

  function show(images) {
    const stops = course.stops(tracks.map(({ moments }) => moments), choices.get().step);
    projector.show(tracks, stops, 0);
    projector.jump(due ? 0 : stopAt(images));
    lay();
  }

  // Whether the film plays: once per run, unless a link names a stop or reduced motion is set.
  function arrive(run) {
    due = !arrivals.has(run) && wished === null && !studio.still;
    arrivals.add(run);
    return due;
  }

  function load(track, i) {
    const { facts, latents, truncation } = track;
    let here = 0;
    track.footage.load({ run: facts.run, latents, truncation }, track.moments, projector.moment(i).images, (images, error) => {
      if (tracks[i] !== track) return;
      if (error) return lose(track, images, error);
      here += 1;
      if (projector.moment(i).images === images) projector.draw();
      if (i === 0 && choices.get().mode === "strip") filmstrip.draw(images);
      if (i === 0 && due && here * 2 >= track.moments.length) {
        due = false;
        if (open()) projector.replay();
      }
    });
  }

  // Reports a snapshot that can't be drawn, and leaves it out.
  function lose(track, images, error) {
    blame(error);
    if (track.moments.length < 2) return;
    const before = projector.moment().images;
    const whole = (moments) => moments.filter((moment) => moment.images !== images);
    track.moments = whole(track.moments);
    track.facts = { ...track.facts, moments: whole(track.facts.moments) };
    show(before);
  }

  function blame(error) {
    fault.hidden = false;
    fault.textContent = studio.word("film_not_drawn", { reason: error.message });
  }

  function lay() {
    const { mode } = choices.get();
    strip.hidden = mode !== "strip";
    pair.hidden = mode !== "pair";
    projector.fit();
    projector.draw();
    closeup.fit();
    const [track] = tracks;
    const caption = (moment) => said(track, moment);
    if (mode === "pair") return drawPair(track, choices.get(), caption).catch(blame);
    filmstrip.lay(track, caption);
    filmstrip.turn(projector.moment().images);
  }

  // ------------------------------------------------------------------------------------------------- keys

  const NAVIGATE = {
    ArrowLeft: () => projector.at() - 1, ArrowRight: () => projector.at() + 1,
    Home: () => 0, End: () => projector.stops().length - 1,
  };

  // Space replays and the arrows step, unless the focused element uses these keys.
  function key(event) {
    if (!open() || !tracks.length || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && closeup.shown()) {
      event.preventDefault();
      closeup.end();
      return;
    }
    const { target } = event;
    if (target.closest?.('input, select, textarea, [role="slider"], [role="combobox"], dialog')) return;
    const pressing = target.closest?.("button, a, summary");
    if (event.key === " " && (!pressing || pressing.id === "tab-epochs-button")) {
      due = false;
      projector.replay();
    } else if (event.key in NAVIGATE) {
      due = false;
      projector.jump(NAVIGATE[event.key]());
      link.touch();
    } else return;
    event.preventDefault();
  }

  // ------------------------------------------------------------------------------------------------- links

  function read() {
    const { other, ...rest } = choices.said();
    const at = tracks.length && !due && !projector.playing() ? { at: projector.moment().images } : {};
    const large = closeup.shown();
    const latent = large && { run: large.facts.run, ...link.pack(large.latent) };
    const pins = rest.rows === "shelf" ? { pins: tracks[0]?.latents.map(link.pack) } : {};
    const held = { ...rest, ...(other ? { other } : {}), ...at, ...pins, ...(latent ? { latent } : {}) };
    return Object.keys(held).length ? held : undefined;
  }

  function follow(link) {
    if (Number.isSafeInteger(link.at) && link.at >= 0) wished = link.at;
    if (link.latent && typeof link.latent === "object") linked = link.latent;
    if (Array.isArray(link.pins)) lent = link.pins.slice(0, MOST_PINS);
    choices.open(link);
  }

  async function restore(packed) {
    linked = null;
    const track = tracks.find(({ facts }) => facts.run === packed.run) ?? tracks[0];
    try {
      const latent = await link.unpack(packed, track.facts.run);
      magnify(track, latent, picked);
    } catch { /* no latent of this run */ }
  }

  function render() {
    tell(value().notice);
    view.set({ weightless: value().notice?.say === "weightless" ? value().notice.run : null });
    measure();
    legend.hidden = !value().curves;
    refresh();
  }

  // The losses and, if there are any, the measures.
  function measure() {
    curves.draw(value());
    scores.draw(value().scores, curves.last() || engine.run()?.moments.at(-1)?.images || 1);
  }

  watch("value", render);
  render();
  studio.follow(speak);
  engine.follow(() => refresh());
  shelf.follow(() => refresh());
  shelf.onpick("epochs", (latent) => { if (tracks.length) magnify(tracks[0], latent, picked); });
  view.follow((_, changed) => {
    if (!open()) projector.stop();
    if (changed.has("tab") || changed.has("truncation")) refresh();
  });
  link.add("epochs", { read, open: follow });
  document.addEventListener("keydown", key);
  new ResizeObserver(() => { if (tracks.length && open()) lay(); }).observe(part("film"));
};
