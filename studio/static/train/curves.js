// The curves of the displayed training: both losses, and D's scores of real and generated pictures.
import { studio } from "../page/studio.js";
import { format } from "./format.js";
import { plot } from "./plot.js";

export const curves = (element) => {
  const place = (name) => element.querySelector(`.train-${name}`);
  const over = (name, says) => plot(place(name), { says: () => studio.word(says), end: format.number });
  const [losses, outputs] = [over("losses", "alt_curves"), over("outputs", "train_alt_outputs")];
  return ({ history, total, grid }) => {
    place("course").hidden = !history.length && !grid;
    place("curves").hidden = !history.length;
    const line = (key, kind) => ({ kind, points: history.filter((one) => Number.isFinite(one[key])).map((one) => [one.images, one[key]]) });
    losses([line("g_loss", "g"), line("d_loss", "d")], total);
    outputs([line("d_real", "real"), line("d_fake", "fake")], total);
  };
};
