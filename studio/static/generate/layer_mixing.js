// Draws with the styles of two latents mixed, stage by stage: { other, amounts }, where `other` is the second latent and each amount
// how much of its style a stage takes, from 0 to 1. The browser draws, else the server.
import { engine } from "../page/engine.js";
import { local } from "../page/local.js";

export const layerMixing = (() => {
  const GROUPS = ["coarse", "middle", "fine"]; // a third of the stages each (ganlib/mixing/grid.py)

  // The pictures of latents at one snapshot, ImageData.
  async function draw(question, mix) {
    const asked = () => engine.ask({
      what: "mixed", ...engine.latentFields(question), other: engine.base64(mix.other.z), other_labels: [mix.other.label], amounts: mix.amounts,
    });
    return (await local.drawMixed({ ...question, mix })) ?? engine.decoded(await asked());
  }

  // The amounts of a preset for so many stages: those of a group are the second's, or "all", or "none".
  function preset(name, stages) {
    const group = GROUPS.indexOf(name);
    const [from, to] = group < 0 ? [0, name === "all" ? stages : 0] : [group, group + 1].map((third) => Math.round((third * stages) / 3));
    return Array.from({ length: stages }, (_, stage) => (stage >= from && stage < to ? 1 : 0));
  }

  return { draw, preset };
})();
