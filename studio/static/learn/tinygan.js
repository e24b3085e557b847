// A GAN on a line: G turns z ~ N(0, 1) into points, D scores points. Nothing is drawn here.
import { tinyLosses } from "./tinylosses.js";
import { tiny } from "./tinynet.js";

export const tinyGan = (() => {
  const { random, normal, Net, Adam } = tiny;
  const BATCH = 64;
  const RATE = 0.001; // of G's Adam
  const REACH = 0.05; // half the distance of D's finite difference
  const PENALTY = 20; // weight of the Wasserstein critic's gradient penalty
  const KEPT = 400; // steps whose losses are kept
  const SEEN = 2048; // points that p_g is estimated from
  const SMOOTH = 0.1; // the standard deviation of that estimate's kernel

  // The options by name. Of D: its learning rate, its steps for one of G, its steps before the first of G.
  const DATA = { two: { centres: [-1.6, 1.6], spread: 0.45 }, one: { centres: [0.8], spread: 0.7 } };
  const OPPONENTS = {
    usual: { rate: 0.005, turns: 2, head: 0 },
    strong: { rate: 0.005, turns: 8, head: 60 },
    weak: { rate: 1e-5, turns: 1, head: 80 },
    alone: { rate: 0.005, turns: 1, head: 0, held: true }, // G is held still
  };
  const STARTS = { middle: { centre: 0, spread: 0.6 }, far: { centre: -3, spread: 0.15 }, wide: { centre: 0, spread: 2.5 } };
  const SETTINGS = { loss: "non-saturating", data: "two", opponent: "usual", start: "middle", seed: 2 };

  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = (values) => {
    const middle = mean(values);
    return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
  };
  const bell = (x, centre, width) => Math.exp(-(((x - centre) / width) ** 2) / 2) / (width * Math.sqrt(2 * Math.PI));
  const joined = (...parts) => Float64Array.from(parts.flatMap((part) => [...part]));

  // The quantiles 0.5/num, 1.5/num, ... of N(0, 1): p_g without the noise of sampling z.
  function quantiles(num) {
    const points = new Float64Array(num);
    const WIDTH = 1e-3;
    let [z, share] = [-6, 0];
    for (let i = 0; i < num; i += 1) {
      while (share < (i + 0.5) / num) {
        share += bell(z, 0, 1) * WIDTH;
        z += WIDTH;
      }
      points[i] = z;
    }
    return points;
  }
  const FIXED = quantiles(SEEN);

  // G's last layer, so that its points begin around `centre`.
  function place(generator, start) {
    const points = generator.forward(FIXED);
    const [weights, biases] = generator.layers.at(-1).values;
    const factor = start.spread / spread(points);
    weights.forEach((weight, i) => { weights[i] = weight * factor; });
    biases[0] = start.centre - mean(points) * factor;
  }

  // p_data at x; `blur` is the standard deviation of an estimate's kernel.
  const density = ({ centres, spread: width }, x, blur = 0) => mean(centres.map((centre) => bell(x, centre, Math.hypot(width, blur))));

  // The density of points over the evenly spaced places `xs`.
  function estimate(points, xs) {
    const step = xs[1] - xs[0];
    const heights = new Float64Array(xs.length);
    for (const point of points) {
      const last = Math.min(xs.length - 1, Math.floor((point + 4 * SMOOTH - xs[0]) / step));
      for (let i = Math.max(0, Math.ceil((point - 4 * SMOOTH - xs[0]) / step)); i <= last; i += 1) {
        heights[i] += bell(xs[i], point, SMOOTH) / points.length;
      }
    }
    return heights;
  }

  function make(changes = {}) {
    const settings = { ...SETTINGS, ...changes };
    const uniform = random(settings.seed);
    const [data, opponent, loss] = [DATA[settings.data], OPPONENTS[settings.opponent], tinyLosses[settings.loss]];
    const generator = new Net([1, 16, 16, 1], "tanh", 1.5, uniform);
    const discriminator = new Net([1, 24, 24, 1], "tanh", 1.4, uniform);
    place(generator, STARTS[settings.start]);
    // The large epsilon keeps vanishing gradients small: with the usual 1e-8 Adam would rescale them.
    const [ofG, ofD] = [new Adam(generator, RATE, 0.5, 0.99, 1e-2), new Adam(discriminator, 0.005, 0.5)];
    const history = []; // { d, g }: the losses of the last steps
    let steps = 0;

    const latents = () => Float64Array.from({ length: BATCH }, () => normal(uniform));
    const reals = () => Float64Array.from({ length: BATCH }, () =>
      data.centres[Math.floor(uniform() * data.centres.length)] + data.spread * normal(uniform));

    // A player's mean loss over the pairs of logits [real..., fake..., ...], and its derivatives by them.
    function meanLoss(player, logits) {
      const slopes = new Float64Array(logits.length);
      let value = 0;
      for (let i = 0; i < BATCH; i += 1) {
        const pair = [logits[i], logits[BATCH + i]];
        value += player.value(...pair) / BATCH;
        slopes[i] = player.real(...pair) / BATCH;
        slopes[BATCH + i] = player.fake(...pair) / BATCH;
      }
      return { value, slopes };
    }

    // Adds PENALTY * E[max(0, |slope of D| - 1)^2] between real and generated points: the one-sided penalty of Petzka et
    // al. 2018 (arXiv:1709.08894). On a line a slope is a difference, so that no second derivative is needed.
    function addPenalty(logits, slopes) {
      for (let i = 2 * BATCH; i < 3 * BATCH; i += 1) {
        const slope = (logits[i] - logits[BATCH + i]) / (2 * REACH);
        const push = (PENALTY * 2 * Math.sign(slope) * Math.max(0, Math.abs(slope) - 1)) / (2 * REACH * BATCH);
        slopes[i] += push;
        slopes[BATCH + i] -= push;
      }
    }

    function trainD() {
      const [real, fake] = [reals(), generator.forward(latents())];
      const penalised = settings.loss === "wasserstein";
      const between = penalised ? real.map((x, i) => x + uniform() * (fake[i] - x)) : [];
      const logits = discriminator.forward(joined(real, fake, between.map((x) => x + REACH), between.map((x) => x - REACH)));
      const { value, slopes } = meanLoss(loss.discriminator, logits);
      if (penalised) addPenalty(logits, slopes);
      discriminator.backward(slopes);
      ofD.step();
      return value;
    }

    function trainG() {
      const fake = generator.forward(latents());
      const { value, slopes } = meanLoss(loss.generator, discriminator.forward(joined(reals(), fake)));
      if (opponent.held) return value;
      generator.backward(discriminator.backward(slopes).subarray(BATCH));
      discriminator.forget();
      ofG.step();
      return value;
    }

    // D's steps, then one step of G. Records their losses before the updates.
    function step() {
      let d = 0;
      for (let turn = 0; turn < opponent.turns; turn += 1) d = trainD();
      history.push({ d, g: trainG() });
      if (history.length > KEPT) history.shift();
      steps += 1;
    }

    function run(num) {
      for (let i = 0; i < num; i += 1) step();
    }

    // Densities and logits over the evenly spaced places `xs`, and the generated points. `smoothed` is p_data as
    // `generated` would estimate it.
    function look(xs) {
      const points = generator.forward(FIXED);
      return {
        points, data: xs.map((x) => density(data, x)), smoothed: xs.map((x) => density(data, x, SMOOTH)),
        generated: estimate(points, xs), logits: discriminator.forward(xs),
      };
    }

    // The share of points in each mode, within two of its standard deviations.
    const shares = (points) => data.centres.map((centre) =>
      points.filter((x) => Math.abs(x - centre) < 2 * data.spread).length / points.length);

    const sample = reals();
    for (let i = 0; i < opponent.head; i += 1) trainD();
    ofD.rate = opponent.rate;
    return { settings, history, sample, run, look, shares, steps: () => steps };
  }

  return { make, mean, spread, SETTINGS, DATA };
})();
