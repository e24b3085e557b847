// Small fully connected networks from one number to one number, with backpropagation by hand, a seeded random
// generator and Adam. Batches are flat Float64Arrays, example after example.
export const tiny = (() => {
  // Uniform numbers in [0, 1) from a seed: mulberry32.
  function random(seed) {
    let state = seed >>> 0;
    return () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
  }

  // One number of N(0, 1), by Box and Muller.
  const normal = (uniform) => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());

  // y = W x + b. `values` and `gradients` hold W (a row an output) and b; gradients add up until Adam takes them.
  class Dense {
    constructor(inputs, outputs, gain, uniform) {
      Object.assign(this, { inputs, outputs });
      const scale = gain / Math.sqrt(inputs);
      this.values = [Float64Array.from({ length: inputs * outputs }, () => scale * normal(uniform)), new Float64Array(outputs)];
      this.gradients = this.values.map(({ length }) => new Float64Array(length));
    }

    forward(x) {
      const { inputs, outputs, values: [weights, biases] } = this;
      const num = x.length / inputs;
      const y = new Float64Array(num * outputs);
      for (let n = 0; n < num; n += 1) {
        for (let o = 0; o < outputs; o += 1) {
          let sum = biases[o];
          for (let i = 0; i < inputs; i += 1) sum += weights[o * inputs + i] * x[n * inputs + i];
          y[n * outputs + o] = sum;
        }
      }
      this.x = x;
      return y;
    }

    backward(dy) {
      const { inputs, outputs, x, values: [weights], gradients: [dWeights, dBiases] } = this;
      const dx = new Float64Array(x.length);
      for (let n = 0; n < x.length / inputs; n += 1) {
        for (let o = 0; o < outputs; o += 1) {
          const slope = dy[n * outputs + o];
          dBiases[o] += slope;
          for (let i = 0; i < inputs; i += 1) {
            dWeights[o * inputs + i] += slope * x[n * inputs + i];
            dx[n * inputs + i] += slope * weights[o * inputs + i];
          }
        }
      }
      return dx;
    }
  }

  class Tanh {
    forward(x) {
      this.y = x.map(Math.tanh);
      return this.y;
    }

    backward(dy) { return dy.map((slope, i) => slope * (1 - this.y[i] ** 2)); }
  }

  class LeakyRelu {
    forward(x) {
      this.x = x;
      return x.map((value) => (value > 0 ? value : 0.2 * value));
    }

    backward(dy) { return dy.map((slope, i) => (this.x[i] > 0 ? slope : 0.2 * slope)); }
  }

  const BENDS = { tanh: Tanh, leaky: LeakyRelu };

  // Dense layers of these widths, 1 to 1, and an activation ("tanh" or "leaky") between any two.
  class Net {
    constructor(widths, bend, gain, uniform) {
      this.layers = widths.slice(1).flatMap((outputs, i) => [
        new Dense(widths[i], outputs, i < widths.length - 2 ? gain : 1, uniform),
        ...(i < widths.length - 2 ? [new BENDS[bend]()] : []),
      ]);
    }

    forward(x) { return this.layers.reduce((value, layer) => layer.forward(value), x); }

    // Adds the last `forward`'s parameter gradients for `dy`, and returns the gradient of its input.
    backward(dy) { return this.layers.reduceRight((slope, layer) => layer.backward(slope), dy); }

    get dense() { return this.layers.filter((layer) => layer instanceof Dense); }

    forget() { this.dense.forEach(({ gradients }) => gradients.forEach((gradient) => gradient.fill(0))); }
  }

  // Kingma & Ba 2015 (arXiv:1412.6980), algorithm 1.
  class Adam {
    constructor(net, rate, beta1, beta2 = 0.99, epsilon = 1e-8) {
      Object.assign(this, { net, rate, beta1, beta2, epsilon, steps: 0 });
      this.moments = net.dense.flatMap(({ values }) => values.map(({ length }) => [new Float64Array(length), new Float64Array(length)]));
    }

    step() {
      const { beta1, beta2, epsilon } = this;
      this.steps += 1;
      const rate = (this.rate * Math.sqrt(1 - beta2 ** this.steps)) / (1 - beta1 ** this.steps);
      let at = 0;
      for (const { values, gradients } of this.net.dense) {
        values.forEach((value, which) => {
          const [mean, square] = this.moments[at];
          gradients[which].forEach((slope, i) => {
            mean[i] = beta1 * mean[i] + (1 - beta1) * slope;
            square[i] = beta2 * square[i] + (1 - beta2) * slope * slope;
            value[i] -= (rate * mean[i]) / (Math.sqrt(square[i]) + epsilon);
          });
          at += 1;
        });
      }
      this.net.forget();
    }
  }

  return { random, normal, Net, Adam };
})();
