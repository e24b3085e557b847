// The game min over x, max over y of xy, and four update rules of its players. Pure functions: a point is { x, y }.
//
// The gradient of xy is (y, x): x descends, y ascends. Each rule gets the point, the one before it (the
// same at the start) and the step size, and returns the next point.
export const updates = (() => {
  const RULES = {
    simultaneous: ({ x, y }, _, size) => ({ x: x - size * y, y: y + size * x }),

    // y moves first; x uses the new y.
    alternating: ({ x, y }, _, size) => {
      const moved = y + size * x;
      return { x: x - size * moved, y: moved };
    },

    // Extrapolates one step, then steps from the old point along the gradient found there: Korpelevich 1976.
    extragradient: (point, before, size) => {
      const ahead = RULES.simultaneous(point, before, size);
      return { x: point.x - size * ahead.y, y: point.y + size * ahead.x };
    },

    // Twice the new gradient less the last one: Daskalakis et al. 2018 (arXiv:1711.00141).
    optimistic: ({ x, y }, before, size) => ({
      x: x - size * (2 * y - before.y),
      y: y + size * (2 * x - before.x),
    }),
  };

  // The asymptotic growth factor of the distance from (0, 0) per step: the largest |eigenvalue| of the rule.
  const GROWTH = {
    simultaneous: (size) => Math.sqrt(1 + size ** 2),
    alternating: () => 1, // on the ellipse x^2 + y^2 + size xy = const, for sizes below 2
    extragradient: (size) => Math.sqrt(1 - size ** 2 + size ** 4),
    optimistic: (size) => {
      const root = 1 - 4 * size ** 2;
      return root > 0 ? Math.sqrt((1 + Math.sqrt(root)) / 2) : Math.hypot(0.5, size + Math.sqrt(-root) / 2);
    },
  };

  // `path` with `steps` more points.
  function walk(path, rule, size, steps) {
    const longer = [...path];
    for (let i = 0; i < steps; i += 1) longer.push(RULES[rule](longer.at(-1), longer.at(-2) ?? longer.at(-1), size));
    return longer;
  }

  return { rules: Object.keys(RULES), growth: (rule, size) => GROWTH[rule](size), walk };
})();
