// A direction from marked latents, as ganlib/inspection/marked_directions.py computes it.
const dot = (one, other) => one.reduce((sum, value, i) => sum + value * other[i], 0);
const minus = (one, other) => one.map((value, i) => value - other[i]);
const sumOf = (rows) => Array.from(rows[0], (_, i) => rows.reduce((sum, row) => sum + row[i], 0));
const mean = (rows) => sumOf(rows).map((value) => value / rows.length);
const restOf = (rows) => { const sum = sumOf(rows); return rows.map((row) => sum.map((value, i) => (value - row[i]) / (rows.length - 1))); };
const LEAST = 1e-9; // length of a difference; a shorter one is rounding

// How many pairs of a latent of either kind stand in order along the direction of the other latents; null where a kind has one.
function inOrder(more, less) {
  if (Math.min(more.length, less.length) < 2) return null;
  const [above, below] = [restOf(more), restOf(less)];
  return more.reduce((count, one, i) => count + less.filter((other, j) => dot(minus(above[i], below[j]), minus(Array.from(one), other)) > 0).length, 0);
}

// The step of length 1 from the mean of latents `less` to that of latents `more`: { gradient, marked: { more, less, right } }. Null
// where a kind is missing or the means are the same.
export const fromMarks = (more, less) => {
  if (!more.length || !less.length) return null;
  const difference = minus(mean(more), mean(less));
  const length = Math.sqrt(dot(difference, difference));
  if (length < LEAST) return null;
  const marked = { more: more.length, less: less.length, right: inOrder(more, less) };
  return { gradient: difference.map((value) => value / length), marked };
};
