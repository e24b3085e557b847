// Two moments of one run side by side, each with its own menu. A click on a picture calls `pressed(index)`.
import { studio } from "../page/studio.js";
import { createCredit } from "./credit.js";
import { createPlate, layout } from "./plate.js";

export const createPair = (section, pressed) => {
  const sides = ["left", "right"].map((name) => {
    const side = section.querySelector(`.side-${name}`);
    return { side, name, plate: createPlate(side.querySelector(".plate"), { pressed }), credit: createCredit(side.querySelector(".credit")) };
  });

  // Shows a track at the images seen of `chosen.left` and `chosen.right`; `said(moment)` returns its caption for a moment.
  return async (track, chosen, said) => {
    const { facts, latents, truncation } = track;
    await Promise.all(sides.map(async ({ side, name, plate, credit }) => {
      const images = chosen[name];
      const moment = facts.moments.find((one) => one.images === images);
      if (!moment) return;
      const { columns, cell } = layout.screen(latents.length, facts.size, side.clientWidth, innerHeight * 0.75);
      plate.lay({ num: latents.length, columns, cell });
      latents.forEach((_, i) => plate.name(i, studio.word("latent_at", { latent: track.name(i), moment: studio.moment(moment) })));
      credit(said(studio.moment(moment)), { run: facts.run, images, latents, truncation, columns });
      const pictures = await track.footage.at(images);
      pictures.forEach((picture, i) => plate.show(i, picture, facts.pixelated));
    }));
  };
};
