// The player of a path: its screens, the scrubber, and the strip under it. It makes no requests: frames are loaded or
// being loaded, and the nearest loaded one replaces a missing one.
//
// A sequence is { mode, frames, closed, keys, pictures, lengths }: how many frames and key frames, an ImageData or nothing for
// each frame, and |z| of each. Two sequences run in step.
import { engine } from "../page/engine.js";
import { present } from "../page/present.js";
import { heightWidth, longer, setSides } from "../page/sizes.js";
import { studio } from "../page/studio.js";
import { lengthPlot } from "./lengths.js";
import { paths } from "./paths.js";

export const createPlayer = (element) => {
  const LARGEST = 10; // times a picture's own size
  const COMFORTABLE = 384; // pixels of the page
  const [FEW, MANY] = [10, 16]; // pictures of a strip
  const part = (name) => element.querySelector(`.${name}`);
  const [place, tracks, play, scrubber, count, stops, cursor] = ["player", "tracks", "run", "scrubber", "count", "stops",
    "cursor"].map(part);
  const [screens, strips, names] = ["screen", "strip", "track-name"].map((name) => [...element.querySelectorAll(`.${name}`)]);
  const drawPlot = lengthPlot(element);
  let sequences = [];
  let standIn = []; // for each sequence and frame, the frame whose picture is shown
  let painted = [];
  let at = 0;
  let seconds = 5;
  let playing = !studio.still;
  let open = false;
  let begun = 0; // the time of frame 0, real or extrapolated
  let frameRequest = 0;

  const frames = () => sequences[0]?.frames ?? 0;

  // The nearest frame that has a picture, for each.
  function standIns({ pictures, frames: num }) {
    const near = Array(num).fill(undefined);
    const pass = (i, best) => {
      const next = pictures[i] ? i : best;
      if (next !== undefined && (near[i] === undefined || Math.abs(next - i) < Math.abs(near[i] - i))) near[i] = next;
      return next;
    };
    for (let i = 0, best; i < num; i++) best = pass(i, best);
    for (let i = num - 1, best; i >= 0; i--) best = pass(i, best);
    return near;
  }

  function say() {
    const [{ keys, closed, frames: num }] = sequences;
    const from = paths.stops(keys, num, closed).findLastIndex((stop) => stop <= at) + 1;
    const to = closed ? (from % keys) + 1 : Math.min(from + 1, keys);
    scrubber.setAttribute("aria-valuetext", studio.word("frame_between", { frame: at + 1, frames: num, from, to }));
  }

  // Shows frame `at`.
  function turn() {
    if (!frames()) return;
    sequences.forEach(({ pictures }, i) => {
      const picture = pictures[standIn[i][at]];
      if (!picture || picture === painted[i]) return;
      engine.picture(screens[i].querySelector("canvas"), picture);
      painted[i] = picture;
    });
    scrubber.value = at;
    count.textContent = `${at + 1} / ${frames()}`;
    cursor.style.left = `${(100 * (at + 0.5)) / frames()}%`;
    if (!playing) say();
  }

  const now = () => Math.floor((((performance.now() - begun) / 1000) * frames()) / seconds);

  function tick() {
    frameRequest = requestAnimationFrame(tick);
    const frame = now() % frames();
    if (frame === at) return;
    at = frame;
    turn();
  }

  // Starts or stops the clock.
  function go() {
    cancelAnimationFrame(frameRequest);
    play.textContent = studio.word(playing ? "pause" : "play");
    if (!frames()) return;
    begun = performance.now() - (1000 * (at + 0.5) * seconds) / frames();
    if (playing && open) frameRequest = requestAnimationFrame(tick);
    turn();
    say();
  }

  function toggle() {
    playing = !playing;
    go();
  }

  function jump(frame) {
    playing = false;
    at = Math.max(0, Math.min(frame, frames() - 1));
    go();
  }

  // ------------------------------------------------------------------------------------------------- sizes

  function fitScreens() {
    const size = engine.run()?.size;
    if (!size || !place.clientWidth) return;
    const zoom = present.zoom();
    const [height, width] = heightWidth(size);
    const room = Math.floor(((place.clientWidth - 28 * sequences.length) * zoom) / (width * sequences.length));
    const sight = Math.floor((innerHeight * 0.55) / height);
    const scale = Math.max(1, Math.min(room, sight, Math.floor(LARGEST * zoom), Math.floor((COMFORTABLE * zoom) / longer(size))));
    screens.forEach((screen) => setSides(screen, size, scale / zoom));
  }

  // The scale of the small pictures and how many of them: whole multiples or parts of their size on the screen.
  function cells(room, size) {
    const [, width] = heightWidth(size);
    const fit = (factor) => Math.floor(room / ((width * factor) / present.zoom() + 2));
    const scale = [4, 3, 2, 1, 1 / 2, 1 / 3, 1 / 4].find((factor) => fit(factor) >= Math.floor(FEW / present.zoom())) ?? 1 / 8;
    return [scale / present.zoom(), Math.min(MANY, frames(), fit(scale))];
  }

  function fitStrips() {
    const size = engine.run()?.size;
    if (!size || !strips[0].clientWidth || !frames()) return;
    const [scale, num] = cells(strips[0].clientWidth, size);
    setSides(tracks, size, scale);
    sequences.forEach(({ pictures }, i) => {
      const strip = strips[i];
      while (strip.children.length > num) strip.lastChild.remove();
      while (strip.children.length < num) strip.append(engine.picture(null, new ImageData(1, 1)));
      [...strip.children].forEach((canvas, cell) => {
        const picture = pictures[standIn[i][shownIn(cell, num)]];
        if (picture) engine.picture(canvas, picture);
      });
    });
  }

  // The frame that a cell of the strip shows: the one in its middle.
  const shownIn = (cell, num) => Math.floor(((cell + 0.5) * frames()) / num);

  function marks() {
    const [{ keys, frames: num, closed }] = sequences;
    stops.replaceChildren(...paths.stops(keys, num, closed).map((stop, i) => {
      const mark = Object.assign(document.createElement("span"), { textContent: i + 1 });
      mark.style.left = `${(100 * (stop + 0.5)) / num}%`;
      return mark;
    }));
  }

  function fit() {
    fitScreens();
    fitStrips();
    drawPlot(sequences, strips[0].clientWidth);
  }

  function speak() {
    play.textContent = studio.word(playing ? "pause" : "play");
    sequences.forEach(({ mode, keys }, i) => {
      screens[i].querySelector("canvas").ariaLabel = studio.word("alt_screen", { mode });
      strips[i].ariaLabel = studio.word("alt_path", { mode, keys });
      [screens[i].querySelector("figcaption"), names[i]].forEach((name) => { name.textContent = mode; });
    });
    if (frames()) say();
    drawPlot(sequences, strips[0].clientWidth);
  }

  // Shows these sequences, or their new pictures.
  function show(shown) {
    const before = frames();
    sequences = shown;
    standIn = sequences.map(standIns);
    painted = [];
    [screens, strips, names].forEach((list) => list.forEach((node, i) => { node.hidden = i >= sequences.length; }));
    part("morph").toggleAttribute("data-pair", sequences.length > 1);
    scrubber.max = Math.max(0, frames() - 1);
    if (before && before !== frames()) at = Math.floor((at * frames()) / before);
    marks();
    speak();
    fit();
    turn();
    if (before !== frames()) go();
  }

  play.onclick = toggle;
  scrubber.oninput = () => jump(Number(scrubber.value));
  const point = (event) => {
    const { left, width } = strips[0].getBoundingClientRect();
    jump(Math.floor(((event.clientX - left) / width) * frames()));
  };
  strips.forEach((strip) => {
    strip.onpointerdown = (event) => { strip.setPointerCapture(event.pointerId); point(event); };
    strip.onpointermove = (event) => { if (event.buttons) point(event); };
  });
  addEventListener("keydown", (event) => {
    if (!open || !frames() || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const own = event.target === scrubber || (event.key === " " && event.target.matches?.("[role=tab][aria-selected=true]"));
    if (!own && event.target.closest?.("input, select, textarea, button, a, summary, dialog")) return;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === " ") toggle();
    else if (step && event.target !== scrubber) jump((at + step + frames()) % frames());
    else return;
    event.preventDefault();
  });
  new ResizeObserver(fit).observe(tracks);
  studio.follow(speak);
  go();

  return {
    show,
    pace: (value) => { seconds = value; go(); },
    wake: (value) => { open = value; go(); },
  };
};
