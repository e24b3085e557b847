// The health of a training in words, with the reason and a button for the remedy.
import { studio } from "../page/studio.js";
import { format } from "./format.js";

export const VERDICTS = { // the keys of their words
  learning: "health_learning", "discriminator-winning": "health_winning", collapsing: "health_collapsing",
  memorising: "health_memorising", diverging: "health_diverging", "too-early": "health_early", artefacts: "health_artefacts",
};

export const health = (element) => {
  const { word } = studio;
  const notice = element.querySelector(".train-reading");
  const [verdict, reason, remedy, back] = notice.children;
  const percent = (value) => format.number(Number((100 * value).toPrecision(2)));
  const whole = (value) => format.number(Math.round(value));
  const REASONS = { // the key of the sentence, and the format of its numbers
    "few-lines": ["health_few_lines", whole], balanced: ["health_balanced", percent], "in-motion": ["health_in_motion", percent],
    "loss-runs-away": ["health_loss_runs_away", whole], "logits-run-away": ["health_logits_run_away", whole],
    "all-alike": ["health_all_alike", percent], repeated: ["health_repeated", percent], copied: ["health_copied", percent],
    "told-apart": ["health_told_apart", percent], washed: ["health_washed", percent], clipped: ["health_clipped", percent],
    patterned: ["health_patterned", (value) => format.number(Number(value.toPrecision(2)))],
  };
  const REMEDIES = { "lower-rate": "health_lower_rate", "more-augmentation": "health_more_augmentation", rollback: "health_rollback" };
  let offered = null;

  function because({ reason: key, numbers }) {
    if (!REASONS[key]) return "";
    const [sentence, formatted] = REASONS[key];
    return word(sentence, Object.fromEntries(Object.entries(numbers ?? {}).map(([name, value]) => [name, formatted(value)])));
  }

  remedy.onclick = () => notice.dispatchEvent(new CustomEvent("train-act", { detail: offered, bubbles: true }));

  function returned(images) {
    if (images == null) return "";
    return images ? word("health_went_back", { images: format.number(images) }) : word("health_began_again");
  }

  return ({ health, mine, state, resumable, went_back: images }) => {
    notice.hidden = !VERDICTS[health?.verdict];
    if (notice.hidden) return;
    offered = health.remedy;
    notice.dataset.verdict = health.verdict;
    verdict.textContent = word(VERDICTS[health.verdict]);
    reason.textContent = because(health);
    back.textContent = returned(images);
    remedy.hidden = !mine || !REMEDIES[offered] || !(state === "running" || resumable);
    if (!remedy.hidden) remedy.textContent = word(REMEDIES[offered]);
  };
};
