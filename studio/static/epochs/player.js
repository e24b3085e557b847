// The film: its pictures, of one run or of two under a divider, the slider, and the clock. Calls `moved()` when the
// stop changes; a click on a picture calls `pressed(track, index)`.
import { heightWidth } from "../page/sizes.js";
import { studio } from "../page/studio.js";
import { timing } from "./timing.js";
import { createDivider } from "./divider.js";
import { createPictureGrid, layout } from "./picture_grid.js";

export const createPlayer = (stage, { moved, pressed }) => {
  const part = (name) => stage.querySelector(`.${name}`);
  const [screen, handle, play, slider, says] = ["film-screen", "divider", "play", "moment", "says"].map(part);
  const places = ["film-first", "film-second"].map(part);
  const grids = places.map((place, i) => createPictureGrid(place, { pressed: (index) => pressed(tracks[i], index) }));
  const divide = createDivider(screen, handle, places[1]);
  let tracks = [];
  let stops = [];
  let times = [];
  let at = 0;
  let playing = false;
  let begun = 0; // the time of the first stop, real or extrapolated
  let frameRequest = 0;

  const moment = (i, stop = at) => tracks[i].moments[stops[stop].at[i]];
  const pictures = (i, stop) => tracks[i].cache.pictures(moment(i, stop).images);
  const ready = (stop) => tracks.every((_, i) => pictures(i, stop));

  function draw() {
    tracks.forEach((track, i) => pictures(i)?.forEach((picture, n) => grids[i].show(n, picture, track.facts)));
  }

  function speak() {
    play.textContent = studio.word(playing ? "pause" : "play");
    if (!stops.length) return;
    const text = [...new Set(tracks.map((_, i) => studio.moment(moment(i))))].join(" | ");
    says.textContent = text;
    slider.setAttribute("aria-valuetext", text);
    tracks.forEach((track, i) => track.latents.forEach((_, n) => grids[i].name(n, track.name(n))));
  }

  function turn() {
    if (!stops.length) return;
    slider.value = at;
    draw();
    speak();
    moved();
  }

  function stop() {
    cancelAnimationFrame(frameRequest);
    playing = false;
    speak();
  }

  function tick(now) {
    const last = stops.length - 1;
    let next = at;
    while (next < last && times[next + 1] * 1000 <= now - begun && ready(next + 1)) next++;
    if (next < last) begun = Math.max(begun, now - times[next + 1] * 1000); // the clock waits for pictures
    if (next !== at) {
      at = next;
      turn();
    }
    if (at === last) stop();
    else frameRequest = requestAnimationFrame(tick);
  }

  // Plays on from the current stop; at the end, from the start.
  function start() {
    if (!stops.length) return;
    if (at === stops.length - 1) at = 0;
    cancelAnimationFrame(frameRequest);
    playing = true;
    begun = performance.now() - times[at] * 1000;
    turn();
    frameRequest = requestAnimationFrame(tick);
  }

  function jump(wanted) {
    stop();
    at = Math.max(0, Math.min(wanted, stops.length - 1));
    turn();
  }

  function replay() {
    jump(0);
    start();
  }

  // Lays out the pictures: two runs share one cell size, each at a whole multiple of its own.
  function fit() {
    if (!tracks.length || !screen.parentElement.clientWidth) return;
    const sizes = tracks.map(({ facts }) => facts.size);
    const num = tracks[0].latents.length;
    const room = screen.parentElement.clientWidth;
    const largest = [0, 1].map((axis) => Math.max(...sizes.map((size) => heightWidth(size)[axis])));
    const { columns, cell } = layout.screen(num, largest, room, Math.max(240, innerHeight * 0.4));
    tracks.forEach((track, i) => {
      grids[i].lay({ num, columns, cell, drawn: layout.within(sizes[i], cell) });
      track.columns = columns;
    });
    places[1].hidden = tracks.length < 2;
    divide(tracks.length > 1, tracks[0].facts.run);
  }

  // Sets other tracks or stops; moves to the stop `wanted`.
  function show(shown, shownStops, wanted) {
    [tracks, stops, times] = [shown, shownStops, timing.times(shownStops)];
    at = Math.max(0, Math.min(wanted, stops.length - 1));
    slider.max = Math.max(0, stops.length - 1);
    if (playing) begun = performance.now() - times[at] * 1000;
    fit();
    turn();
  }

  play.onclick = () => (playing ? stop() : start());
  slider.oninput = () => jump(Number(slider.value));
  return {
    show, jump, replay, start, stop, fit, draw, speak,
    at: () => at,
    stops: () => stops,
    moment: (i = 0) => (stops.length ? moment(i) : null),
    playing: () => playing,
  };
};
