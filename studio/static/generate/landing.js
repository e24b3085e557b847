// The landing animation, once: the pictures of the grid go from the untrained network to the last snapshot, then the
// chosen one is ringed and its first slider swings. The final pictures are shown first, without delay.
//
// Any input ends it at once. With reduced motion only its end is shown: one ringed picture, and the line.
import { engine } from "../page/engine.js";
import { link } from "../page/link.js";
import { heightWidth } from "../page/sizes.js";
import { studio } from "../page/studio.js";
import { explore } from "./explore.js";

export const landing = (() => {
  const SECONDS = 4; // from the untrained net to the last snapshot
  const MOST = 16; // snapshots
  const GROUND = "#808080"; // as in the server's sheets
  const GUTTER = 2;
  const [SWAY, SIGMA, PERIOD, FADE] = [3, 1.6, 1.5, 0.9]; // of the slider: seconds, amplitude, seconds, seconds
  let played = false;
  let over = () => {};

  // A snapshot's time, 0 to 1: by the logarithm of its images seen.
  function times(moments) {
    const unit = moments.find(({ images }) => images)?.images ?? 1;
    const log = ({ images }) => Math.log1p(images / unit);
    return moments.map((moment) => log(moment) / (log(moments.at(-1)) || 1));
  }

  // At most MOST snapshots, the first and the last among them, as evenly spaced in time as possible.
  function spread(moments) {
    const at = times(moments);
    const nearest = (time) => at.reduce((best, value, i) => (Math.abs(value - time) < Math.abs(at[best] - time) ? i : best), 0);
    if (moments.length <= MOST) return moments;
    return [...new Set(Array.from({ length: MOST }, (_, i) => nearest(i / (MOST - 1))))].map((i) => moments[i]);
  }

  const canvasOf = ([width, height]) => Object.assign(document.createElement("canvas"), { width, height });

  // The URL of a seed's pictures at a snapshot, which the browser caches; null if the grid shows others.
  function addressOf(images, latents) {
    const { run, truncation, seed, classes } = explore.scene();
    const [{ label }] = latents;
    const inOrder = latents.every(({ from }, i) => from?.seed === seed && from.index === i);
    const inTurn = latents.every((one, i) => one.label === (classes.length ? i % classes.length : null));
    if (!inOrder || !(inTurn || latents.every((one) => one.label === label))) return null;
    const settings = { images, num: latents.length, seed, truncation, ...(inTurn ? {} : { label }) };
    return studio.address(`gradio_api/studio/sample/${encodeURIComponent(run)}?${new URLSearchParams(settings)}`);
  }

  // The pictures of such a URL, cut from their sheet.
  async function kept(address, num, cell) {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(address);
    const sheet = await createImageBitmap(await answer.blob(), { colorSpaceConversion: "none" });
    const columns = Math.round((sheet.width - GUTTER) / (heightWidth(cell)[1] + GUTTER));
    return Array.from({ length: num }, (_, i) => [sheet, ...corner(i, { cells: { columns }, cell })]);
  }

  // The grid at a snapshot, laid out like its sheet.
  async function frameOf({ images }, sheet, latents) {
    const { run, truncation } = explore.scene();
    const frame = canvasOf(sheet.size);
    const context = frame.getContext("2d");
    if (!sheet.transparent) {
      context.fillStyle = GROUND;
      context.fillRect(0, 0, frame.width, frame.height);
    }
    const address = addressOf(images, latents);
    if (address) {
      const [height, width] = heightWidth(sheet.cell);
      (await kept(address, latents.length, sheet.cell)).forEach(([from, x, y], i) =>
        context.drawImage(from, x, y, width, height, ...corner(i, sheet), width, height));
    } else {
      const pictures = await engine.served({ run, images, truncation, latents });
      pictures.forEach((picture, i) => context.putImageData(picture, ...corner(i, sheet)));
    }
    return frame;
  }

  // The left and the top of a cell.
  function corner(number, { cells: { columns }, cell }) {
    const [height, width] = heightWidth(cell);
    return [[number % columns, width], [Math.floor(number / columns), height]].map(([place, side]) => GUTTER + place * (side + GUTTER));
  }

  // Resolves once the chosen picture is known.
  const known = () => new Promise((resolve) => { explore.follow(() => { if (explore.state()) resolve(); }); });

  // Calls `step(seconds)` before each frame of the screen until it returns true or the landing is over.
  const animate = (step, ended) => new Promise((resolve) => {
    let before = null;
    const frame = (now) => {
      if (ended() || step(Math.min(0.1, (now - (before ?? now)) / 1000))) return resolve();
      before = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });

  // The film over the grid and the chosen picture. Frames are requested one by one while it plays.
  async function grow(figure, sheet, ended) {
    const moments = spread(engine.run().moments);
    if (moments.length < 2) return;
    const at = times(moments);
    const latents = Array.from({ length: sheet.num }, (_, cell) => explore.cellLatent(cell));
    const frames = [await frameOf(moments[0], sheet, latents)];
    if (ended()) return;
    const [image, screen] = [figure.querySelector("img.picture"), canvasOf(sheet.size)];
    const [live, still] = [".live", ".still"].map((name) => document.querySelector(`#explore ${name}`));
    const [height, width] = heightWidth(sheet.cell);
    const place = [...corner(explore.cell(), sheet), width, height];
    screen.className = image.className;
    screen.classList.add("film");
    screen.ariaHidden = "true";
    figure.append(screen);
    figure.dataset.film = "";
    let position = 0;
    const play = animate((seconds) => {
      Object.assign(screen.style, { width: image.style.width, height: image.style.height });
      position = Math.min(position + seconds / SECONDS, at[frames.length - 1]);
      const last = at.findLastIndex((time) => time <= position);
      const next = frames[last + 1];
      const context = screen.getContext("2d");
      const share = next ? (position - at[last]) / (at[last + 1] - at[last]) : 0;
      context.clearRect(0, 0, screen.width, screen.height);
      context.globalCompositeOperation = "lighter"; // the sum of both by their shares: a cross-fade, of alpha too
      context.globalAlpha = 1 - share;
      context.drawImage(frames[last], 0, 0);
      context.globalAlpha = share;
      if (next) context.drawImage(next, 0, 0);
      still.hidden = true;
      live.getContext("2d").clearRect(0, 0, width, height);
      live.getContext("2d").drawImage(screen, ...place, 0, 0, width, height);
      return position >= 1;
    }, ended);
    try {
      for (const moment of moments.slice(1)) {
        const frame = await frameOf(moment, sheet, latents);
        if (ended()) break;
        frames.push(frame);
      }
      await play;
    } finally {
      screen.remove();
      delete figure.dataset.film;
    }
  }

  // A damped swing of the first slider and its picture, back to the start.
  async function sway(ended) {
    const [axis, { start }] = [explore.firstAxis(), explore.state()];
    if (!axis || explore.changed()) return;
    const begun = axis.read(start.z);
    let time = 0;
    await animate((seconds) => {
      time += seconds;
      if (time >= SWAY || explore.state().start !== start) return true;
      explore.sway(axis.moved(start.z, begun + SIGMA * Math.sin((2 * Math.PI * time) / PERIOD) * Math.exp(-time / FADE)));
    }, ended);
    if (explore.state().start === start) explore.sway(start.z);
  }

  async function play(figure, sheet) {
    let ended = studio.still;
    const end = () => { ended = true; };
    const inputs = ["pointerdown", "keydown"];
    over = end;
    inputs.forEach((event) => addEventListener(event, end, true));
    try {
      await Promise.all([figure.querySelector("img.picture").decode(), known()]);
      if (!ended) await grow(figure, sheet, () => ended);
    } catch { /* the animation is optional */ }
    if (!explore.state()) return;
    explore.sway(explore.state().z); // redraws the chosen picture after the film
    say();
    if (!ended) await sway(() => ended);
    inputs.forEach((event) => removeEventListener(event, end, true));
  }

  // Shows the line until the visitor moves or chooses something.
  function say() {
    const line = document.querySelector("#explore .landing");
    line.dataset.word = "landing";
    studio.speak(line.parentElement);
    explore.follow((reason) => {
      if (reason !== "moved" && reason !== "taken") return;
      delete line.dataset.word;
      line.textContent = "";
    });
  }

  return (figure, sheet) => {
    over();
    if (played || link.opened) return;
    played = true;
    play(figure, sheet);
  };
})();
