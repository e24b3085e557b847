// The timing of a film: which snapshots it shows, and when. Time is proportional to the logarithm of the images seen, since a
// generator changes as much from 1,000 to 2,000 images as from 100,000 to 200,000.
//
// A moment is { images, epoch }. A stop is a position of a film of one run or two: { place, at: [index of a moment, for
// each run] }; `place` is 0 at the first trained moment, 1 at the last, and -1 at the untrained one.
export const timing = (() => {
  const SECONDS = 4;
  const NOISE = 0.5; // seconds for which the untrained pictures are shown
  const NEAR = 0.01; // stops of two runs nearer than this are merged

  // At most `most` moments, but always the first and the last, spaced by ratio, so that the early, fast changes are kept.
  function spread(moments, most) {
    if (moments.length <= Math.max(2, most)) return moments;
    const rest = moments.slice(1, -1);
    const [low, high] = [rest[0], moments.at(-1)].map(({ images }) => Math.log(Math.max(1, images)));
    const chosen = [moments[0], moments.at(-1)];
    for (let i = 0; i < most - 2; i++) {
      const target = low + ((high - low) * i) / (most - 2);
      const away = rest.map(({ images }) => Math.abs(Math.log(Math.max(1, images)) - target));
      chosen.push(...rest.splice(away.indexOf(Math.min(...away)), 1));
    }
    return chosen.sort((one, other) => one.images - other.images);
  }

  // The places of moments on a scale that reaches from the first trained one of `all` to the last.
  function places(moments, all) {
    const logs = all.filter(({ images }) => images > 0).map(({ images }) => Math.log(images));
    const [low, high] = [Math.min(...logs), Math.max(...logs)];
    const place = (images) => (high > low ? (Math.log(images) - low) / (high - low) : 1);
    return moments.map(({ images }) => (images > 0 ? place(images) : -1));
  }

  // The stops of one run's moments, or of two runs' in step: by "images", one scale for both, or by "share", each on its own.
  function stops(runs, step = "images") {
    const placed = runs.map((moments) => places(moments, step === "share" ? moments : runs.flat()));
    const near = (place) => placed[0].find((other) => Math.abs(other - place) < NEAR) ?? place;
    const snapped = placed.map((row, i) => (i ? row.map(near) : row));
    const all = [...new Set(snapped.flat())].sort((one, other) => one - other);
    return all.map((place) => ({ place, at: snapped.map((row) => Math.max(0, row.findLastIndex((own) => own <= place))) }));
  }

  // When each stop is shown, in seconds from the start: four to the last, however many there are.
  function times(stops) {
    const noise = stops[0]?.place < 0 ? NOISE : 0;
    return stops.map(({ place }) => (place < 0 ? 0 : noise + (SECONDS - noise) * place));
  }

  return { spread, stops, times };
})();
