// The tracks of the Epochs tab for the current choices, and their latents: a track is one run with its latents,
// { facts, moments, latents, labels, name(index), pinned, kin, truncation, cache }; `kin` names how a second run's
// latents relate to the first one's.
import { engine } from "../page/engine.js";
import { studio } from "../page/studio.js";
import { view } from "../page/view.js";
import { timing } from "./timing.js";

export const createTracks = (caches) => {
  const MOST_MOMENTS = 40;
  const PICTURES = { small: 24, large: 12 }; // of pixelated runs, and of others

  function naming(facts, latents) {
    const label = ({ label: number }) => (number === null ? "" : facts.classes[number]);
    const name = (i) => studio.word(label(latents[i]) ? "latent_label" : "latent_number", { number: i + 1, label: label(latents[i]) });
    return { name, labels: latents.map(label) };
  }

  const drawn = ({ run, classes }, { seed, label }, num) => (
    engine.latents({ run, seed, num, label: label < classes.length ? label : null })
  );

  // One or two tracks; `rows`, if any, replace the seed's latents. Runs of one lineage show
  // the same latents, others those of the same seed.
  return async (chosen, rows) => {
    const runs = [engine.run(), ...(chosen.other === null ? [] : [await engine.about(chosen.other)])];
    const num = runs.every(({ pixelated }) => pixelated) ? PICTURES.small : PICTURES.large;
    const pinned = rows.length > 0;
    const first = pinned ? rows : await drawn(runs[0], chosen, num);
    return Promise.all(runs.map(async (facts, i) => {
      const same = facts.lineage === runs[0].lineage;
      const latents = same ? first : await drawn(facts, chosen, first.length);
      return {
        facts, latents, ...naming(facts, latents),
        pinned: pinned && same,
        kin: same ? "kin_same" : pinned ? "kin_shelf" : "kin_seed",
        moments: timing.spread(facts.moments, MOST_MOMENTS),
        truncation: view.get().truncation,
        cache: caches[i],
      };
    }));
  };
};
