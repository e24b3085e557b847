// Brings a grey picture to where a run's own pictures have their ink: their ground, their size and their centre of mass, as
// MNIST's digits were (LeCun et al. 1998: fitted into 20 x 20 pixels, then centred by their mass in 28 x 28).

const median = (values) => [...values].sort((one, other) => one - other)[values.length >> 1];
const FAINT = 40; // levels from the ground up to which nothing is ink
const EVEN = 8; // levels by which an even ground may vary

const border = ({ data, width, height }) => {
  const values = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) if (!x || !y || x === width - 1 || y === height - 1) values.push(data[4 * (y * width + x)]);
  }
  return values;
};

// The ink of a picture: the longer side of its box and its centre of mass, in pixels; null without ink.
const inkOf = ({ data, width, height }, ground) => {
  let [left, right, top, bottom, mass, x, y] = [width, -1, height, -1, 0, 0, 0];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const ink = Math.abs(data[4 * (row * width + column)] - ground);
      if (ink <= FAINT) continue;
      [left, right] = [Math.min(left, column), Math.max(right, column)];
      [top, bottom] = [Math.min(top, row), Math.max(bottom, row)];
      [mass, x, y] = [mass + ink, x + ink * (column + 0.5), y + ink * (row + 0.5)];
    }
  }
  return mass ? { side: Math.max(right - left, bottom - top) + 1, x: x / mass, y: y / mass } : null;
};

// What a run's pictures, ImageData, have in common: { ground: a level, even: whether all of it is there, ink: its median }.
export const habitsOf = (pictures) => {
  const edges = pictures.flatMap(border);
  const ground = median(edges) < 128 ? 0 : 255;
  const even = median(pictures.map((one) => Math.max(...border(one).map((value) => Math.abs(value - ground))))) <= EVEN;
  const inks = pictures.map((one) => inkOf(one, ground)).filter(Boolean);
  const ink = inks.length ? { side: median(inks.map(({ side }) => side)), x: median(inks.map(({ x }) => x)), y: median(inks.map(({ y }) => y)) } : null;
  return { ground, even: even && ink !== null, ink };
};

// A transform for a canvas in the run's pixels that brings a picture's ink to the habitual size and place.
export const placed = (picture, { ground, ink }) => {
  const own = inkOf(picture, ground);
  if (!own) return () => {};
  const scale = ink.side / own.side;
  return (context) => {
    context.translate(ink.x, ink.y);
    context.scale(scale, scale);
    context.translate(-own.x, -own.y);
  };
};

// Whether a photo's ground is the opposite of the run's.
export const opposite = (picture, { ground }) => Math.abs(median(border(picture)) - ground) > 127;

// Grey, with its paper at the run's ground and its ink at the other end; inverted if asked.
export const levelled = (picture, { ground, even }, inverted) => {
  const { data, width, height } = picture;
  const grey = Float32Array.from({ length: width * height }, (_, i) => {
    const value = 0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2];
    return inverted ? 255 - value : value;
  });
  const sorted = Float32Array.from(grey).sort();
  const share = (part) => sorted[Math.round(part * (sorted.length - 1))];
  const [low, high] = even ? (ground ? [share(0.01), share(0.7)] : [share(0.3), share(0.99)]) : [0, 255];
  const level = new ImageData(width, height);
  grey.forEach((value, i) => {
    level.data.fill(Math.min(255, Math.max(0, (255 * (value - low)) / Math.max(1, high - low))), 4 * i, 4 * i + 3);
    level.data[4 * i + 3] = 255;
  });
  return level;
};
