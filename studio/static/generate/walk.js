// A random walk of the explored latent: a smooth drift with the latents' own distribution.
//
// The critically damped Langevin equation: z is continuous and keeps the distribution of the training. A step is taken when
// a picture is painted, so requests don't queue up. Any input ends it.
import { engine } from "../page/engine.js";
import { view } from "../page/view.js";
import { explore } from "./explore.js";

export const createWalk = (button) => {
  const PACE = 0.7; // radians a second of the spring: a new picture about every two seconds
  const LONGEST = 0.1; // seconds of a step at most, even after a pause
  let walking = null; // { velocity, spread, at }

  // Two independent normal numbers, by Box-Muller.
  const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());

  // The standard deviation of the numbers of this run's latents: a direction's step moves one standard deviation.
  async function spreadOf(scene) {
    const [first] = await engine.directions(scene);
    return Math.hypot(...first);
  }

  function step(now) {
    if (!walking || !explore.state()) return;
    const seconds = Math.min(LONGEST, Math.max(0, (now - walking.at) / 1000));
    walking.at = now;
    const kick = walking.spread * Math.sqrt(4 * PACE ** 3 * seconds);
    const { velocity } = walking;
    explore.hold(walking, () => explore.state().z.map((value, i) => {
      velocity[i] += -(PACE ** 2) * value * seconds - 2 * PACE * velocity[i] * seconds + kick * normal();
      return value + velocity[i] * seconds;
    }));
    requestAnimationFrame(step);
  }

  async function begin() {
    if (!explore.state()) return;
    const mine = { at: performance.now() };
    walking = mine;
    button.setAttribute("aria-pressed", "true");
    mine.spread = await spreadOf(explore.scene()).catch(() => 1);
    if (walking !== mine) return;
    mine.velocity = explore.state().z.map(() => mine.spread * PACE * normal());
    requestAnimationFrame(step);
  }

  function end() {
    if (!walking) return;
    walking = null;
    explore.rest();
    button.setAttribute("aria-pressed", "false");
  }

  button.onclick = () => (walking ? end() : begin());
  // A press of the button itself is left to its click.
  const presses = ({ type, key, target }) => button.contains(target) && (type === "pointerdown" || key === "Enter" || key === " ");
  for (const type of ["pointerdown", "keydown", "wheel"]) {
    addEventListener(type, (event) => { if (!presses(event)) end(); }, { capture: true, passive: true });
  }
  view.follow((view, changed) => { if (changed.has("tab") || changed.has("run")) end(); });
  document.addEventListener("visibilitychange", end);
};
