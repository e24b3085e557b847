// A run's discriminator: its logits of pictures, and their wording.
//
// A card is one picture: { kind: "real" | "fake", number, label, logit, image: ImageData, raw: its bytes }.
import { engine } from "../page/engine.js";
import { studio } from "../page/studio.js";

export const discriminator = (() => {

  // Real and generated pictures of a seed with D's logits: { data, held_out, line, boundary, fixed, probable, cards, logits },
  // where `logits` are those of each kind, of more pictures than are shown. `data` is "here", "coming" or "away".
  async function judge(question) {
    const answer = await engine.ask({ what: "judge", ...question });
    const names = answer.kinds.length > 1 ? ["real", "fake"] : ["fake"];
    const logits = Object.fromEntries(names.map((kind, i) => [kind, answer.kinds[i].logits]));
    return { ...answer, logits, cards: names.flatMap((kind, i) => cards(kind, answer.kinds[i])) };
  }

  function cards(kind, answer) {
    const values = engine.bytes(answer.pictures);
    const length = values.length / answer.num;
    return engine.decoded(answer).map((image, number) => ({
      kind, number, image,
      raw: values.subarray(number * length, (number + 1) * length),
      label: answer.labels[number],
      logit: answer.logits[number],
    }));
  }

  // The gradient of D's logit by a card's pixels: { heat: Int8Array, steepest, signed }.
  async function gradient(run, { raw, label }) {
    const answer = await engine.ask({ what: "heat", run, label, picture: engine.base64(raw) });
    return { ...answer, heat: new Int8Array(engine.bytes(answer.heat).buffer) };
  }

  const signed = (value, digits = 2) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`;
  const percent = (share) => `${Math.round(100 * share)} %`;

  // The sigmoid of a logit as text, never exactly 0 or 1.
  function probability(logit) {
    const share = 1 / (1 + Math.exp(-logit));
    return share < 0.005 ? "< 1 %" : share > 0.995 ? "> 99 %" : percent(share);
  }

  // Joins sentences as the language does.
  const sentences = (...said) => said.filter(Boolean).join(studio.language() === "zh" ? "" : " ");

  return { judge, gradient, sentences, signed, percent, probability };
})();
