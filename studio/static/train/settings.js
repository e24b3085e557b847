// Training length and learning rates, the estimated time and memory, and the start button.
import { studio } from "../page/studio.js";
import { view } from "../page/view.js";
import { training } from "./training.js";
import { format } from "./format.js";
import { formState } from "./form_state.js";

export const settings = (element) => {
  const { word } = studio;
  const ADVANCED = ["g_lr", "d_lr", "batch_size", "snapshot_every", "grid_every", "seed"];
  const field = (name) => element.querySelector(`[name="train-${name}"]`);
  const part = (name) => element.querySelector(`.train-${name}`);
  const [estimate, go, measure, refused] = ["estimate", "go", "measure", "refused"].map(part);
  const units = [...element.querySelectorAll('[name="train-unit"]')];
  let options = null;
  let measured = null; // { key, images_per_second, bytes, shared }: a measurement, and the key of the measured settings
  let busy = null; // the key of the message while the server works

  // The settings that speed and memory depend on.
  function key() {
    const { minutes, length, unit, g_lr, d_lr, seed, ...rest } = formState.get();
    return JSON.stringify([rest, view.get().upload?.id ?? null]);
  }

  function refuse(message) {
    refused.hidden = !message;
    refused.firstElementChild.textContent = message ?? "";
  }

  function estimateText() {
    const { unit, minutes, length, race } = formState.get();
    if (busy) return word(busy);
    if (race) {
      const facts = { num: race.length, hardware: options.hardware };
      return unit === "minutes" ? word("race_takes", { ...facts, time: format.duration(60 * minutes), all: format.duration(60 * minutes * race.length) })
        : word("race_takes_images", { ...facts, images: format.number(length) });
    }
    if (measured?.key !== key()) return word("train_unmeasured", { hardware: options.hardware });
    const speed = measured.images_per_second;
    const facts = { speed: format.number(Math.round(speed)), memory: format.memory(measured.bytes) };
    const expected = unit === "minutes"
      ? word("train_sees_images", { ...facts, images: format.number(Math.round(60 * minutes * speed)) })
      : word("train_takes_time", { ...facts, time: format.duration(length / speed) });
    return [expected, ...(measured.shared ? [word("train_busy")] : [])].join(studio.language() === "zh" ? "" : " ");
  }

  // Whether there are training pictures.
  const ready = () => formState.get().kind !== "upload" || view.get().upload?.usable > 0;

  function show() {
    if (!options) return;
    const chosen = formState.get();
    units.forEach((radio) => { radio.checked = radio.value === chosen.unit; });
    const length = field("length");
    if (Number(length.value) !== chosen[chosen.unit]) length.value = chosen[chosen.unit];
    if (chosen.unit === "minutes") length.max = options.limits.minutes / (chosen.race?.length ?? 1);
    else length.removeAttribute("max");
    const parent = options.runs.find(({ run }) => run === chosen.run) ?? options.recipes.find(({ name }) => name === chosen.recipe);
    const usual = { ...parent, grid_every: formState.steps(), seed: 0 };
    ADVANCED.forEach((name) => {
      if (Number(field(name).value || NaN) !== chosen[name]) field(name).value = chosen[name] ?? "";
      field(name).placeholder = usual[name] ?? "";
    });
    estimate.textContent = estimateText();
    go.textContent = word(chosen.race ? "race_go" : "train_go");
    measure.hidden = Boolean(chosen.race);
    go.disabled = measure.disabled = Boolean(busy) || !ready();
    const { kept_hours: hours, minutes } = options.limits;
    part("private").textContent = word("train_private", { hours: format.number(hours), minutes: format.number(minutes) });
  }

  async function work(says, action) {
    [busy] = [says];
    refuse(null);
    show();
    try {
      await action();
    } catch ({ message }) {
      refuse(message);
    } finally {
      busy = null;
      show();
    }
  }

  measure.onclick = () => work("train_measuring", async () => {
    const measuredKey = key();
    measured = { key: measuredKey, ...(await training.ask("estimate", { request: formState.request() })) };
  });
  go.onclick = () => work("train_starting", () => training.begin(formState.request()));
  units.forEach((radio) => { radio.onchange = () => formState.take({ unit: radio.value }); });
  field("length").oninput = ({ target }) => formState.take({ [formState.get().unit]: target.valueAsNumber || 0 });
  ADVANCED.forEach((name) => { field(name).oninput = ({ target }) => formState.take({ [name]: target.value === "" ? null : target.valueAsNumber }); });
  training.follow((state) => {
    options = state.options;
    show();
  });
  formState.follow(() => { refuse(null); show(); });
  view.follow((_, changed) => { if (changed.has("upload") || changed.has("frame")) show(); });
  studio.follow(() => {
    studio.speak(element);
    show();
  });
};
