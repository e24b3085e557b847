// Presets that the chapter myths opens: settings of the GAN on a line, and the key of the hint.
export const presets = {
  held: { watch: "watch_held", pace: 60, settings: { opponent: "alone", start: "wide" } },
  weak: { watch: "watch_weak", pace: 60, settings: { opponent: "weak", start: "wide", data: "one" } },
  even: { watch: "watch_even", pace: 60, settings: {} },
  starved: { watch: "watch_starved", pace: 20, settings: { loss: "saturating", opponent: "strong", start: "far", data: "one" } },
};
