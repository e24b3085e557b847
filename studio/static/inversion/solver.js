// Projection: finds latents whose pictures match a given one, by forward passes of the generator alone. The same method as
// ganlib/inversion/levenberg_marquardt.py: Levenberg-Marquardt (Levenberg 1944, Marquardt 1963) by finite differences, with
// Broyden's rank-one update between them (Broyden 1965). The worker gets this function as text, so it refers to nothing outside.
//
// Images are Float32Arrays of D values in [-1, 1]; K is the length of z. The cost of z, in squared grey levels, is
//
//     sum_i s_i (127.5 (G(z)_i - x_i))^2 + prior^2 mean_j z_j^2,     with shares s of the pixels that sum to 1.
export const createSolver = () => {
  const LEVELS = 127.5; // grey levels of a unit of [-1, 1]
  const STEP = 0.05; // of the finite differences, in units of z
  const COLUMNS = 16; // derivatives computed anew in each step, in turn
  const FACTORS = [0.1, 1, 10]; // of the damping, tried in each step
  const [FIRST, LEAST, MOST] = [0.1, 1e-4, 1e3]; // damping, relative to the mean of the diagonal
  const TOO_SMALL = 1e-12; // squared length of a step without information
  const [ROUND, SMALL] = [4, 0.04]; // steps of a round; the relative fall of the cost in it with which a search ends

  function dot(one, other) {
    let [a, b, c, d] = [0, 0, 0, 0];
    const { length } = one;
    let i = 0;
    for (; i + 3 < length; i += 4) {
      a += one[i] * other[i];
      b += one[i + 1] * other[i + 1];
      c += one[i + 2] * other[i + 2];
      d += one[i + 3] * other[i + 3];
    }
    for (; i < length; i++) a += one[i] * other[i];
    return a + b + c + d;
  }

  // Solves A x = b for a symmetric positive definite A (K, K) by Cholesky's decomposition.
  function solve(matrix, right) {
    const dim = right.length;
    const lower = Float64Array.from(matrix);
    const x = Float64Array.from(right);
    for (let i = 0; i < dim; i++) {
      for (let j = 0; j <= i; j++) {
        let sum = lower[i * dim + j];
        for (let k = 0; k < j; k++) sum -= lower[i * dim + k] * lower[j * dim + k];
        lower[i * dim + j] = i === j ? Math.sqrt(Math.max(sum, Number.MIN_VALUE)) : sum / lower[j * dim + j];
      }
      for (let k = 0; k < i; k++) x[i] -= lower[i * dim + k] * x[k];
      x[i] /= lower[i * dim + i];
    }
    for (let i = dim - 1; i >= 0; i--) {
      for (let k = i + 1; k < dim; k++) x[i] -= lower[k * dim + i] * x[k];
      x[i] /= lower[i * dim + i];
    }
    return x;
  }

  // ------------------------------------------------------------------------------------------------- one search

  // Residuals are scaled by the roots of the shares, so that their squares sum to the first term of the cost.
  function goalOf({ target, weights, prior, bound }, dim) {
    const sum = weights ? weights.reduce((all, one) => all + one, 0) : target.length;
    const scale = Float32Array.from(target, (_, i) => LEVELS * Math.sqrt((weights ? weights[i] : 1) / sum));
    return { scale, bound, pull: prior ** 2 / dim, residual: (image) => image.map((value, i) => scale[i] * (value - target[i])) };
  }

  function begin({ z, label, image, column = 0 }, goal) {
    const dim = z.length;
    const residual = goal.residual(image);
    return {
      z, label, image, residual, cost: dot(residual, residual) + goal.pull * dot(z, z), damping: FIRST, column,
      jacobian: Array.from({ length: dim }, () => new Float32Array(residual.length)), // of the residual
      gram: new Float64Array(dim * dim), // the products of its rows
    };
  }

  // Computes the next derivatives anew, by forward differences.
  async function refresh(search, draw, { scale }) {
    const { z, image, jacobian, gram, column } = search;
    const dim = z.length;
    const chosen = Array.from({ length: Math.min(COLUMNS, dim) }, (_, i) => (column + i) % dim);
    const images = await draw(chosen.map((j) => z.map((value, at) => (at === j ? value + STEP : value))), search.label);
    chosen.forEach((j, n) => {
      const row = jacobian[j];
      for (let i = 0; i < row.length; i++) row[i] = (scale[i] * (images[n][i] - image[i])) / STEP;
    });
    chosen.forEach((j) => jacobian.forEach((row, i) => { gram[i * dim + j] = gram[j * dim + i] = dot(row, jacobian[j]); }));
    search.column = (column + chosen.length) % dim;
  }

  // z after a step with each damping: (A + m mean(diag A) I) d = -b, with A = J J' + pull I and b = J r + pull z.
  function tried({ z, jacobian, residual, gram, damping }, { pull, bound }) {
    const dim = z.length;
    const right = jacobian.map((row, j) => -dot(row, residual) - pull * z[j]);
    const mean = gram.reduce((sum, value, i) => (i % (dim + 1) ? sum : sum + value), 0) / dim + pull;
    return FACTORS.map((factor) => {
      const matrix = gram.map((value, i) => (i % (dim + 1) ? value : value + pull + damping * factor * mean));
      const delta = solve(matrix, right);
      return z.map((value, j) => Math.min(bound, Math.max(-bound, value + delta[j])));
    });
  }

  // Corrects the Jacobian along the step to z, whose residual is given: J + d (y - J'd)' / d'd, y the change.
  function broyden({ jacobian, gram, z: before, residual: from }, z, residual) {
    const dim = z.length;
    const moved = Float64Array.from(z, (value, j) => value - before[j]);
    const square = Math.max(dot(moved, moved), TOO_SMALL);
    const missed = residual.map((value, i) => value - from[i]);
    jacobian.forEach((row, j) => { for (let i = 0; i < row.length; i++) missed[i] -= moved[j] * row[i]; });
    const along = jacobian.map((row) => dot(row, missed));
    const own = dot(missed, missed);
    jacobian.forEach((row, j) => {
      const share = moved[j] / square;
      for (let i = 0; i < row.length; i++) row[i] += share * missed[i];
      for (let k = 0; k < dim; k++) gram[j * dim + k] += (along[j] * moved[k] + moved[j] * along[k]) / square + (share * moved[k] * own) / square;
    });
  }

  // One step, which never raises the cost: COLUMNS + 3 forward passes.
  async function step(search, draw, goal) {
    await refresh(search, draw, goal);
    const trials = tried(search, goal);
    const images = await draw(trials, search.label);
    const outcomes = trials.map((z, i) => {
      const residual = goal.residual(images[i]);
      const cost = dot(residual, residual) + goal.pull * dot(z, z);
      return { z, image: images[i], residual, cost: Number.isFinite(cost) ? cost : Infinity };
    });
    const best = outcomes.reduce((one, other) => (other.cost < one.cost ? other : one));
    const better = best.cost < search.cost;
    broyden(search, best.z, best.residual);
    search.damping = Math.min(MOST, Math.max(LEAST, search.damping * (better ? FACTORS[outcomes.indexOf(best)] : FACTORS.at(-1))));
    if (better) Object.assign(search, best);
  }

  // ------------------------------------------------------------------------------------------------- a race of several

  const byCost = (one, other) => one.cost - other.cost;
  const described = ({ z, label, image, residual, cost }) => ({ z, label, image, cost, error: Math.sqrt(dot(residual, residual)) });

  // The best candidates to start from: `most` of them, and at most half of these with one label.
  function chosen(candidates, most, goal) {
    const { pull, residual } = goal;
    const costs = candidates.map((one) => {
      const differences = residual(one.image);
      return { one, cost: dot(differences, differences) + pull * dot(one.z, one.z) };
    }).sort(byCost);
    const seen = new Map();
    return costs.filter(({ one: { label } }) => {
      seen.set(label, (seen.get(label) ?? 0) + 1);
      return label === null || seen.get(label) <= Math.max(1, most / 2);
    }).slice(0, most).map(({ one }) => begin(one, goal));
  }

  // Searches from the best of the candidates { z, label, image, column: the first to be computed anew, or 0 }. After every round of steps the better half goes on, until the
  // best gets no better, `stopped()` or `passes` are spent. `draw(latents, label)` resolves to the generator's images;
  // `told(found)` hears of every step. Returns found: [{ z, label, image, cost, error }], the best first, errors in grey levels.
  //
  // question: { target, weights: of its values or null, prior: in grey levels, bound: of a number of z, most: starts, passes }.
  async function search(draw, candidates, question, told = () => {}, stopped = () => false) {
    const goal = goalOf(question, candidates[0].z.length);
    const starts = chosen(candidates, question.most, goal);
    const found = () => [...starts].sort(byCost).map(described);
    let spent = 0;
    const over = () => spent >= question.passes || stopped();
    const counted = (latents, label) => {
      spent += latents.length;
      return draw(latents, label);
    };
    let running = [...starts];
    told(found());
    while (running.length && !over()) {
      for (const start of running) {
        const before = start.cost;
        for (let i = 0; i < ROUND && !over(); i++) {
          await step(start, counted, goal);
          told(found());
        }
        start.done = start.cost > (1 - SMALL) * before;
      }
      running = running.sort(byCost).slice(0, Math.ceil(running.length / 2)).filter(({ done }) => !done);
    }
    return found();
  }

  return { search, solve };
};
