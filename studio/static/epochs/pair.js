// Two moments of one run side by side, each with its own menu. A click on a picture calls `pressed(index)`.
import { studio } from "../page/studio.js";
import { createCaption } from "./caption.js";
import { createPictureGrid, layout } from "./picture_grid.js";

export const createPair = (section, pressed) => {
  const sides = ["left", "right"].map((name) => {
    const side = section.querySelector(`.side-${name}`);
    return { side, name, grid: createPictureGrid(side.querySelector(".plate"), { pressed }), setCaption: createCaption(side.querySelector(".credit")) };
  });

  // Shows a track at the images seen of `chosen.left` and `chosen.right`; `captionOf(moment)` returns its caption for a moment.
  return async (track, chosen, captionOf) => {
    const { facts, latents, truncation } = track;
    await Promise.all(sides.map(async ({ side, name, grid, setCaption }) => {
      const images = chosen[name];
      const moment = facts.moments.find((one) => one.images === images);
      if (!moment) return;
      const { columns, cell } = layout.screen(latents.length, facts.size, side.clientWidth, innerHeight * 0.75);
      grid.lay({ num: latents.length, columns, cell });
      latents.forEach((_, i) => grid.name(i, studio.word("latent_at", { latent: track.name(i), moment: studio.moment(moment) })));
      setCaption(captionOf(studio.moment(moment)), { run: facts.run, images, latents, truncation, columns });
      const pictures = await track.cache.at(images);
      pictures.forEach((picture, i) => grid.show(i, picture, facts));
    }));
  };
};
