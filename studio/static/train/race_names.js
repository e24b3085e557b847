// What a training of a race has of its own, in words: its settings are { loss, r1, ... } with numbers or their texts.
import { studio } from "../page/studio.js";

export const raceName = (() => {
  const { word } = studio;
  const LOSSES = {
    "non-saturating": "loss_non_saturating", saturating: "loss_saturating", "least-squares": "loss_least_squares",
    hinge: "loss_hinge", wasserstein: "race_wasserstein", relativistic: "loss_relativistic",
  };

  function named([name, value]) {
    if (name === "loss") return LOSSES[value] ? word(LOSSES[value]) : value;
    return word(name === "betas" ? "race_beta" : `race_${name}`, { value: String(value).replace(",", ", ") });
  }

  return (settings) => {
    const penalised = settings.loss === "wasserstein" && Number(settings.gradient_penalty) > 0;
    return penalised ? word("race_wgan_gp") : Object.entries(settings).map(named).join(", ");
  };
})();
