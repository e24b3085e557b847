// The curves of the displayed training: both losses, and D's scores of real and generated pictures.
import { plot } from "./plot.js";

export const curves = (element) => {
  const place = (name) => element.querySelector(`.train-${name}`);
  const losses = plot(place("losses"), [{ key: "g_loss", kind: "g" }, { key: "d_loss", kind: "d" }], { label: "alt_curves" });
  const outputs = plot(place("outputs"), [{ key: "d_real", kind: "real" }, { key: "d_fake", kind: "fake" }], { label: "train_alt_outputs" });
  return ({ history, total, grid }) => {
    place("course").hidden = !history.length && !grid;
    place("curves").hidden = !history.length;
    losses(history, total);
    outputs(history, total);
  };
};
