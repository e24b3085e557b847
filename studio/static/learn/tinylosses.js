// The losses of ganlib/objectives/losses.py with their derivatives, for one pair of logits: r = D(x) of a real point, f = D(G(z)) of a
// generated one. A player's loss is the mean of `value`; `real` and `fake` are its derivatives by r and by f.
export const tinyLosses = (() => {
  const softplus = (t) => Math.max(t, 0) + Math.log1p(Math.exp(-Math.abs(t)));
  const sigmoid = (t) => 1 / (1 + Math.exp(-t));
  const none = () => 0;

  const logistic = { // -log D(x) - log(1 - D(G(z)))
    value: (r, f) => softplus(-r) + softplus(f), real: (r) => -sigmoid(-r), fake: (r, f) => sigmoid(f),
  };
  const linear = { value: (r, f) => -f, real: none, fake: () => -1 };

  return {
    "saturating": {
      discriminator: logistic,
      generator: { value: (r, f) => -softplus(f), real: none, fake: (r, f) => -sigmoid(f) }, // log(1 - D(G(z)))
    },
    "non-saturating": {
      discriminator: logistic,
      generator: { value: (r, f) => softplus(-f), real: none, fake: (r, f) => -sigmoid(-f) }, // -log D(G(z))
    },
    "least-squares": {
      discriminator: { value: (r, f) => ((r - 1) ** 2 + f ** 2) / 2, real: (r) => r - 1, fake: (r, f) => f },
      generator: { value: (r, f) => (f - 1) ** 2 / 2, real: none, fake: (r, f) => f - 1 },
    },
    "hinge": {
      discriminator: {
        value: (r, f) => Math.max(0, 1 - r) + Math.max(0, 1 + f), real: (r) => (r < 1 ? -1 : 0), fake: (r, f) => (f > -1 ? 1 : 0),
      },
      generator: linear,
    },
    "wasserstein": {
      discriminator: { value: (r, f) => f - r, real: () => -1, fake: () => 1 },
      generator: linear,
    },
    "relativistic": {
      discriminator: { value: (r, f) => softplus(f - r), real: (r, f) => -sigmoid(f - r), fake: (r, f) => sigmoid(f - r) },
      generator: { value: (r, f) => softplus(r - f), real: (r, f) => sigmoid(r - f), fake: (r, f) => -sigmoid(r - f) },
    },
  };
})();
