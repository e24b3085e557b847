// Projection: finds latents whose pictures match a given one, by forward passes of the generator alone. The same method as
// ganlib/inversion/levenberg_marquardt.py: Levenberg-Marquardt (Levenberg 1944, Marquardt 1963) by finite differences, with
// Broyden's update between them (Broyden 1965) by all secants of a step at once (Schnabel 1983). The worker gets this function as
// text, so it refers to nothing outside.
//
// A target x is a Float32Array of D values in [-1, 1], a generator's values u are those before its tanh, G = tanh(u); K is the
// length of z. The cost of z, in squared grey levels, is
//
//     sum_i s_i (127.5 (G(z)_i - x_i))^2 + prior^2 mean_j z_j^2,     with shares s of the pixels that sum to 1.
//
// At a softness f > 1 tanh(u / f) is compared with that of x instead, so that pixels far from changing have a slope, too.
export const createSolver = () => {
  const LEVELS = 127.5; // grey levels of a unit of [-1, 1]
  const STEP = 0.05; // of the finite differences, in units of z
  const COLUMNS = 16; // derivatives computed anew in each step, in turn
  const FACTORS = [0.1, 1, 10]; // of the damping, tried in each step
  const FAILED = 3; // the damping's factor where none of them lowers the cost
  const [FIRST, LEAST, MOST] = [0.1, 1e-4, 10]; // damping, relative to the mean of the diagonal
  const ALIKE = 1e-3; // added so that parallel secants can be told apart, relative to their mean squared length
  const TOO_SMALL = 1e-12; // squared length of secants without information
  const FULL = 0.99; // of the range of tanh, from which on a pixel is white, and below its negative black
  const SOFTENED = [[16, 4], [8, 5], [4, 9], [2, 6]]; // softness and steps; softness 1 from then on
  const SOFTNESS = SOFTENED.flatMap(([softness, steps]) => Array(steps).fill(softness));
  const LEFT = new Map([[4, 2], [9, 1]]); // starts that go on, from these steps on
  const [ROUND, SMALL] = [4, 0.04]; // steps of a round; the relative fall of the cost in it with which a search ends
  const NEIGHBOURS = 64; // candidates of a label that are combined, at most
  const RIDGE = 0.03; // of their weights, relative to the mean of the diagonal
  const ROUNDS = 6; // of an edit, at most

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

  function product(one, other) {
    const result = new Float32Array(one.length);
    for (let i = 0; i < one.length; i++) result[i] = one[i] * other[i];
    return result;
  }

  // The products of all pairs of rows, (K, K); two rows by two at once, so that each value is read half as often.
  function gramOf(rows) {
    const dim = rows.length;
    const gram = new Float64Array(dim * dim);
    const set = (i, j, value) => { gram[i * dim + j] = gram[j * dim + i] = value; };
    for (let i = 0; i < dim; i += 2) {
      const [p, q] = [rows[i], rows[Math.min(i + 1, dim - 1)]];
      for (let j = 0; j <= i; j += 2) {
        const [r, s] = [rows[j], rows[Math.min(j + 1, dim - 1)]];
        let [pr, ps, qr, qs] = [0, 0, 0, 0];
        for (let at = 0; at < p.length; at++) {
          pr += p[at] * r[at];
          ps += p[at] * s[at];
          qr += q[at] * r[at];
          qs += q[at] * s[at];
        }
        set(i, j, pr);
        if (j + 1 < dim) set(i, j + 1, ps);
        if (i + 1 < dim) set(i + 1, j, qr);
        if (i + 1 < dim && j + 1 < dim) set(i + 1, j + 1, qs);
      }
    }
    return gram;
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

  function goalOf({ target, weights, prior, bound }, dim) {
    const sum = weights ? weights.reduce((all, one) => all + one, 0) : target.length;
    const scale = Float32Array.from(target, (_, i) => LEVELS * Math.sqrt((weights ? weights[i] : 1) / sum));
    const aims = target.map((value) => Math.atanh(Math.min(FULL, Math.max(-FULL, value))));
    return { target, aims, scale, bound, pull: prior ** 2 / dim };
  }

  // Residuals of values before tanh, scaled by the roots of the shares, so that their squares sum to the first term of the cost,
  // and their derivatives by the values. Softened, a pixel that is as white or black as it should be is at its aim.
  function compared(values, { target, aims, scale }, softness = 1) {
    const [residual, slopes] = [new Float32Array(values.length), new Float32Array(values.length)];
    for (let i = 0; i < values.length; i++) {
      if (softness > 1 && Math.abs(target[i]) >= FULL && (values[i] - aims[i]) * target[i] > 0) continue;
      const drawn = Math.tanh(values[i] / softness);
      residual[i] = scale[i] * (drawn - (softness > 1 ? Math.tanh(aims[i] / softness) : target[i]));
      slopes[i] = (scale[i] / softness) * (1 - drawn * drawn);
    }
    return { residual, slopes };
  }

  const costOf = (z, residual, { pull }) => dot(residual, residual) + pull * dot(z, z);

  // `jacobian`, that of the values, `damping` and the next `column` are those of a search that went as far as z, or new.
  function begin({ z, label, values, damping = FIRST, column = 0, jacobian = null }, goal) {
    const { residual } = compared(values, goal);
    return {
      z, label, values, error: Math.sqrt(dot(residual, residual)), cost: costOf(z, residual, goal), damping, column,
      jacobian: jacobian ?? Array.from(z, () => new Float32Array(values.length)),
    };
  }

  // Computes the next derivatives anew, by forward differences.
  async function refresh(search, draw) {
    const { z, label, values, jacobian, column } = search;
    const chosen = Array.from({ length: Math.min(COLUMNS, z.length) }, (_, i) => (column + i) % z.length);
    const drawn = await draw(chosen.map((j) => z.map((value, at) => (at === j ? value + STEP : value))), label);
    chosen.forEach((j, n) => { jacobian[j] = values.map((value, i) => (drawn[n][i] - value) / STEP); });
    search.column = (column + chosen.length) % z.length;
  }

  // z after a step with each damping: (A + m mean(diag A) I) d = -b, with A = J J' + pull I and b = J r + pull z, J the
  // derivatives of the residuals r.
  function tried({ z, jacobian, damping }, { residual, slopes }, { pull, bound }) {
    const dim = z.length;
    const rows = jacobian.map((row) => product(row, slopes));
    const gram = gramOf(rows);
    const right = rows.map((row, j) => -dot(row, residual) - pull * z[j]);
    const mean = gram.reduce((sum, value, i) => (i % (dim + 1) ? sum : sum + value), 0) / dim + pull;
    return FACTORS.map((factor) => {
      const matrix = gram.map((value, i) => (i % (dim + 1) ? value : value + pull + damping * factor * mean));
      const delta = solve(matrix, right);
      return z.map((value, j) => Math.min(bound, Math.max(-bound, value + delta[j])));
    });
  }

  // The least change of the Jacobian that makes it tell what the steps to each of `trials` have changed, where `drawn` are:
  // J + T' (T T' + e I)^-1 (Y - T J), T the steps and Y the changes.
  function updated({ jacobian, z: before, values: from }, trials, drawn) {
    const moved = trials.map((z) => Float64Array.from(z, (value, j) => value - before[j]));
    const missed = drawn.map((values, n) => {
      const change = values.map((value, i) => value - from[i]);
      jacobian.forEach((row, j) => { for (let i = 0; i < row.length; i++) change[i] -= moved[n][j] * row[i]; });
      return change;
    });
    const products = moved.map((one) => moved.map((other) => dot(one, other)));
    const alike = Math.max(TOO_SMALL, (ALIKE * products.reduce((sum, row, n) => sum + row[n], 0)) / moved.length);
    const matrix = products.flatMap((row, n) => row.map((value, m) => (n === m ? value + alike : value)));
    jacobian.forEach((row, j) => {
      const shares = solve(matrix, moved.map((one) => one[j])); // the matrix is symmetric
      shares.forEach((share, n) => { for (let i = 0; i < row.length; i++) row[i] += share * missed[n][i]; });
    });
  }

  // One step, which never raises the cost at its softness: COLUMNS + 3 forward passes.
  async function step(search, draw, goal, softness = 1) {
    await refresh(search, draw);
    const now = compared(search.values, goal, softness);
    const trials = tried(search, now, goal);
    const drawn = await draw(trials, search.label);
    const costs = trials.map((z, i) => {
      const cost = costOf(z, compared(drawn[i], goal, softness).residual, goal);
      return Number.isFinite(cost) ? cost : Infinity;
    });
    const best = costs.indexOf(Math.min(...costs));
    const better = costs[best] < costOf(search.z, now.residual, goal);
    updated(search, trials, drawn);
    search.damping = Math.min(MOST, Math.max(LEAST, search.damping * (better ? FACTORS[best] : FAILED)));
    if (!better) return;
    const { residual } = compared(drawn[best], goal);
    const [z, values] = [trials[best], drawn[best]];
    Object.assign(search, { z, values, error: Math.sqrt(dot(residual, residual)), cost: costOf(z, residual, goal) });
  }

  // ------------------------------------------------------------------------------------------------- a race of several

  const byCost = (one, other) => one.cost - other.cost;
  const described = ({ z, label, values, cost, error }) => ({ z, label, values, cost, error });

  // Candidates { z, label, values } by their cost, the lowest first.
  function ordered(candidates, goal) {
    const costs = candidates.map((one) => ({ one, cost: costOf(one.z, compared(one.values, goal).residual, goal) }));
    return costs.sort(byCost).map(({ one }) => one);
  }

  const nearest = (candidates, question) => ordered(candidates, goalOf(question, candidates[0].z.length));

  // The combination of candidates of one label that is nearest to the target, by weights of sum 1 (locally linear embedding,
  // Roweis & Saul 2000, formula 1), and how far it is from it.
  function combined(near, goal) {
    const off = near.map(({ values }) => compared(values, goal).residual);
    const gram = gramOf(off);
    const dim = near.length;
    const mean = Math.max(gram.reduce((sum, value, i) => (i % (dim + 1) ? sum : sum + value), 0) / dim, TOO_SMALL);
    const weights = solve(gram.map((value, i) => (i % (dim + 1) ? value : value + RIDGE * mean)), new Float64Array(dim).fill(1));
    const sum = weights.reduce((all, one) => all + one, 0);
    const mixed = (rows) => rows[0].map((_, i) => rows.reduce((all, row, n) => all + (weights[n] / sum) * row[i], 0));
    const apart = mixed(off);
    const z = mixed(near.map((one) => one.z)).map((value) => Math.min(goal.bound, Math.max(-goal.bound, value)));
    return { z, label: near[0].label, apart: dot(apart, apart) };
  }

  // `most` starts, the most promising first: the combinations of the likeliest two labels, and the nearest candidates of the first.
  async function startsOf(candidates, most, goal, draw) {
    const near = ordered(candidates, goal);
    const of = (label) => near.filter((one) => one.label === label);
    const labels = [...new Set(near.map(({ label }) => label))];
    const mixtures = labels.map((label) => combined(of(label).slice(0, NEIGHBOURS), goal));
    const likeliest = mixtures.sort((one, other) => one.apart - other.apart).slice(0, Math.min(2, most));
    const drawn = await Promise.all(likeliest.map(async ({ z, label }) => ({ z, label, values: (await draw([z], label))[0] })));
    return [...drawn, ...of(likeliest[0].label)].slice(0, most).map((one) => begin(one, goal));
  }

  // Searches from between and at the best of the candidates { z, label, values }, softened at first; the better half goes on, twice.
  // Ends when the best gets no better, `stopped()` or `passes` are spent.
  // `draw(latents, label)` resolves to the generator's values before tanh; `told(found)` hears of every step. Returns found:
  // [{ z, label, values, cost, error }], the best first, errors in grey levels.
  //
  // question: { target, weights: of its values or null, prior: in grey levels, bound: of a number of z, most: starts, passes,
  // softness: of the first steps }.
  async function search(draw, candidates, question, told = () => {}, stopped = () => false) {
    const goal = goalOf(question, candidates[0].z.length);
    const starts = await startsOf(candidates, question.most, goal, draw);
    const found = () => [...starts].sort(byCost).map(described);
    let spent = 0;
    const over = () => spent >= question.passes || stopped();
    const counted = (latents, label) => {
      spent += latents.length;
      return draw(latents, label);
    };
    const go = async (running, softness) => {
      for (const start of running) {
        if (over()) return;
        await step(start, counted, goal, softness);
        told(found());
      }
    };
    let running = [...starts];
    told(found());
    for (const [number, softness] of (question.softness ?? SOFTNESS).entries()) {
      running = running.sort(byCost).slice(0, LEFT.get(number));
      await go(running, softness);
    }
    let before = Infinity;
    for (running = running.sort(byCost).slice(0, 1); !over() && running[0].cost < (1 - SMALL) * before;) {
      before = running[0].cost;
      for (let i = 0; i < ROUND; i++) await go(running, 1);
    }
    return found();
  }

  // ------------------------------------------------------------------------------------------------- edits

  // Goes from each of the starts { z, label, values, prior, way } by itself, one after the other, each with its own prior.
  // Returns [{ z, label, values, cost, error, way, ended }], in this order; errors are in grey levels.
  async function edit(draw, starts, question, told = () => {}, stopped = () => false) {
    const goals = starts.map(({ z, prior }) => goalOf({ ...question, prior }, z.length));
    const searches = starts.map((start, i) => begin(start, goals[i]));
    const ended = new Set();
    const found = () => searches.map((one, i) => ({ ...described(one), way: starts[i].way, ended: ended.has(one) }));
    for (const [i, one] of searches.entries()) {
      let before = Infinity;
      for (let round = 0; round < ROUNDS && !stopped() && one.cost < (1 - SMALL) * before; round++) {
        before = one.cost;
        for (let taken = 0; taken < ROUND && !stopped(); taken++) {
          await step(one, draw, goals[i]);
          told(found());
        }
      }
      ended.add(one);
    }
    return found();
  }

  // One step from a start, or from what the last one returned: a picture of a drag.
  async function follow(draw, start, question) {
    const goal = goalOf(question, start.z.length);
    const search = begin(start, goal);
    await step(search, draw, goal);
    return search;
  }

  return { search, nearest, edit, follow, solve };
};
