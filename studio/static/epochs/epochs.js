// The Epochs tab. One cursor, the current stop of the film, links the film, the loss curves and the strip.
// All its pictures come from the caches of its tracks: one track for a run, two if a second run is chosen.
import { engine } from "../page/engine.js";
import { link } from "../page/link.js";
import { notice } from "../page/sheet.js";
import { shelf } from "../page/shelf.js";
import { studio } from "../page/studio.js";
import { view } from "../page/view.js";
import { createTracks } from "./tracks.js";
import { createChoices } from "./choices.js";
import { createCloseup } from "./closeup.js";
import { timing } from "./timing.js";
import { createCaption } from "./caption.js";
import { createCurves } from "./curves.js";
import { createFilmstrip } from "./filmstrip.js";
import { createPictureCache } from "./picture_cache.js";
import { createPair } from "./pair.js";
import { createPlayer } from "./player.js";
import { createScores } from "./scores.js";

export const epochs = (element, props, watch) => {
  const MOST_PINS = 6;
  const part = (name) => element.querySelector(`.${name}`);
  const [content, kinship, fault, legend, strip, pair] = ["epochs", "kinship", "film-fault", "legend", "filmstrip", "pair"].map(part);
  const showNotice = notice(part("notice"));
  const captions = ["credit-first", "credit-second"].map(part);
  const setCaptions = captions.map(createCaption);
  const makeTracks = createTracks([createPictureCache(), createPictureCache()]);
  const playedRuns = new Set(); // runs whose film has played
  let tracks = [];
  let shown = ""; // the settings that the tracks were made from, as JSON
  let due = false; // whether the film starts once half of it is loaded
  let linkedImages = null; // the images seen at a link's stop
  let linkedLatent = null; // a link's enlarged latent
  let linkedPins = []; // the pinned latents of a link, until the visitor chooses other rows

  const open = () => view.get().tab === "epochs";
  const value = () => props.value ?? {};
  const choices = createChoices(content, () => {
    if (choices.get().rows !== "shelf") linkedPins = [];
    link.touch();
    refresh();
  });
  const curves = createCurves(part("losses"), (images) => seek(images));
  const scores = createScores(part("scores"), (images) => seek(images));
  const filmstrip = createFilmstrip(strip, { picked: (images, hovered) => seek(images, hovered), pressed: (row) => enlarge(tracks[0], row) });
  const drawPair = createPair(pair, (index) => enlarge(tracks[0], index));
  const closeup = createCloseup(part("closeup"), { picked: (images) => seek(images), closed: () => link.touch() });
  const player = createPlayer(part("film"), { moved: mark, pressed: (track, index) => enlarge(track, index) });

  // ------------------------------------------------------------------------------------------------- words

  function captionOf(track, moment) {
    const { seed, label } = choices.get();
    const { facts: { run, classes }, truncation, pinned } = track;
    if (pinned) return studio.word("caption_shelf", { run, moment, truncation });
    const named = label !== null && label < classes.length ? studio.word("caption_label", { label: classes[label] }) : "";
    return studio.word("caption", { run, moment, seed, truncation }) + named;
  }

  function showCaptions() {
    const two = tracks.length > 1;
    const sides = ["caption_left", "caption_right"];
    captions[1].hidden = !two;
    tracks.forEach((track, i) => {
      const moment = player.moment(i);
      const caption = captionOf(track, studio.moment(moment));
      const { facts: { run }, latents, truncation, columns } = track;
      setCaptions[i](two ? studio.word(sides[i], { caption }) : caption, { run, images: moment.images, latents, truncation, columns });
    });
    kinship.hidden = !two;
    if (two) kinship.textContent = studio.word(tracks[1].kin, { run: tracks[1].facts.run, seed: choices.get().seed });
  }

  function speak() {
    studio.speak(element);
    offer();
    player.speak();
    measure();
    closeup.speak();
    legend.hidden = !value().curves;
    if (tracks.length) lay();
  }

  // ------------------------------------------------------------------------------------------------- the cursor

  function mark() {
    const { images } = player.moment();
    curves.mark(images);
    scores.mark(images);
    if (choices.get().mode === "strip") filmstrip.turn(images);
    const track = closeup.shown() && tracks.findIndex(({ facts }) => facts.run === closeup.shown().facts.run);
    if (track >= 0 && track !== null) closeup.mark(player.moment(track).images);
    showCaptions();
  }

  // Moves the cursor to the stop nearest to these images of the first run. A hovering mouse doesn't stop a film.
  function seek(images, hovered = false) {
    if (hovered && (player.playing() || due)) return;
    due = false;
    player.jump(stopAt(images));
    link.touch();
  }

  function stopAt(images) {
    const away = player.stops().map(({ at }) => Math.abs(tracks[0].moments[at[0]].images - images));
    return away.lastIndexOf(Math.min(...away));
  }

  const enlarge = (track, index) => showLarge(track, track.latents[index], () => track.name(index));

  function showLarge({ facts, truncation }, latent, name) {
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
    const pins = await Promise.all(linkedPins.map((packed) => link.unpack(packed, run))).catch(() => []);
    return pins.length ? pins : shelf.pins();
  }

  function offer() {
    const facts = engine.run();
    if (facts && value().runs) choices.offer({ facts, runs: value().runs, pins: shelf.pins().length + linkedPins.length });
  }

  // All that determines the tab's pictures.
  function wanted() {
    const { mode, left, right, ...chosen } = choices.get();
    const pins = chosen.rows === "shelf" ? [linkedPins, shelf.pins().map(({ id }) => id)] : [];
    const { run, moments } = engine.run();
    return JSON.stringify([run, moments.length, moments.at(-1)?.images, chosen, pins, view.get().truncation]);
  }

  const refresh = engine.newest(async () => {
    const facts = engine.run();
    content.hidden = !facts?.moments.length || !value().runs;
    if (!open() || content.hidden) return;
    offer();
    const key = wanted();
    if (key === shown) return lay();
    const before = tracks[0]?.facts.run === facts.run ? player.moment().images : null;
    try {
      tracks = await makeTracks(choices.get(), await rows());
    } catch (error) {
      return showFault(error);
    }
    shown = key;
    fault.hidden = true;
    const end = tracks[0].moments.at(-1).images;
    const start = startsFilm(facts.run) ? tracks[0].moments[0].images : (linkedImages ?? before ?? end);
    linkedImages = null;
    show(start);
    tracks.forEach(load);
    if (before === null && closeup.shown()) closeup.end();
    if (linkedLatent) restore(linkedLatent);
  });

  function show(images) {
    const stops = timing.stops(tracks.map(({ moments }) => moments), choices.get().step);
    player.show(tracks, stops, 0);
    player.jump(due ? 0 : stopAt(images));
    lay();
  }

  // Whether the film plays: once per run, unless a link names a stop or reduced motion is set.
  function startsFilm(run) {
    due = !playedRuns.has(run) && linkedImages === null && !studio.still;
    playedRuns.add(run);
    return due;
  }

  function load(track, i) {
    const { facts, latents, truncation } = track;
    let here = 0;
    track.cache.load({ run: facts.run, latents, truncation }, track.moments, player.moment(i).images, (images, error) => {
      if (tracks[i] !== track) return;
      if (error) return leaveOut(track, images, error);
      here += 1;
      if (player.moment(i).images === images) player.draw();
      if (i === 0 && choices.get().mode === "strip") filmstrip.draw(images);
      if (i === 0 && due && here * 2 >= track.moments.length) {
        due = false;
        if (open()) player.replay();
      }
    });
  }

  // Reports a snapshot that can't be drawn, and leaves it out.
  function leaveOut(track, images, error) {
    showFault(error);
    if (track.moments.length < 2) return;
    const before = player.moment().images;
    const whole = (moments) => moments.filter((moment) => moment.images !== images);
    track.moments = whole(track.moments);
    track.facts = { ...track.facts, moments: whole(track.facts.moments) };
    show(before);
  }

  function showFault(error) {
    fault.hidden = false;
    fault.textContent = studio.word("film_not_drawn", { reason: error.message });
  }

  function lay() {
    const { mode } = choices.get();
    strip.hidden = mode !== "strip";
    pair.hidden = mode !== "pair";
    player.fit();
    player.draw();
    closeup.fit();
    const [track] = tracks;
    const caption = (moment) => captionOf(track, moment);
    if (mode === "pair") return drawPair(track, choices.get(), caption).catch(showFault);
    filmstrip.lay(track, caption);
    filmstrip.turn(player.moment().images);
  }

  // ------------------------------------------------------------------------------------------------- keys

  const NAVIGATE = {
    ArrowLeft: () => player.at() - 1, ArrowRight: () => player.at() + 1,
    Home: () => 0, End: () => player.stops().length - 1,
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
      player.replay();
    } else if (event.key in NAVIGATE) {
      due = false;
      player.jump(NAVIGATE[event.key]());
      link.touch();
    } else return;
    event.preventDefault();
  }

  // ------------------------------------------------------------------------------------------------- links

  function read() {
    const { other, ...rest } = choices.nonDefault();
    const at = tracks.length && !due && !player.playing() ? { at: player.moment().images } : {};
    const large = closeup.shown();
    const latent = large && { run: large.facts.run, ...link.pack(large.latent) };
    const pins = rest.rows === "shelf" ? { pins: tracks[0]?.latents.map(link.pack) } : {};
    const held = { ...rest, ...(other ? { other } : {}), ...at, ...pins, ...(latent ? { latent } : {}) };
    return Object.keys(held).length ? held : undefined;
  }

  function follow(link) {
    if (Number.isSafeInteger(link.at) && link.at >= 0) linkedImages = link.at;
    if (link.latent && typeof link.latent === "object") linkedLatent = link.latent;
    if (Array.isArray(link.pins)) linkedPins = link.pins.slice(0, MOST_PINS);
    choices.open(link);
  }

  async function restore(packed) {
    linkedLatent = null;
    const track = tracks.find(({ facts }) => facts.run === packed.run) ?? tracks[0];
    try {
      const latent = await link.unpack(packed, track.facts.run);
      showLarge(track, latent, picked);
    } catch { /* no latent of this run */ }
  }

  function render() {
    showNotice(value().notice);
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
  shelf.onpick("epochs", (latent) => { if (tracks.length) showLarge(tracks[0], latent, picked); });
  view.follow((_, changed) => {
    if (!open()) player.stop();
    if (changed.has("tab") || changed.has("truncation")) refresh();
  });
  link.add("epochs", { read, open: follow });
  document.addEventListener("keydown", key);
  new ResizeObserver(() => { if (tracks.length && open()) lay(); }).observe(part("film"));
};
