// The settings of the Epochs tab: { mode, rows, seed, label, left, right, other, step }. `left` and `right` are the images seen
// of two snapshots, `other` the name of a second run; null is none. Calls `changed()` when a visitor changes one.
import { studio } from "../page/studio.js";

export const createChoices = (room, changed) => {
  const MOST_SEED = 2 ** 32 - 1;
  const field = (name) => room.querySelector(`[name="epochs-${name}"]`);
  const group = (name) => room.querySelector(`.choose-${name}`);
  const seed = field("seed");
  const START = { mode: "strip", rows: "seed", seed: 0, label: null, left: null, right: null, other: null, step: "images" };
  const RADIOS = { mode: ["strip", "pair"], rows: ["seed", "shelf"], step: ["images", "share"] };
  let chosen = { ...START };

  const whole = (value) => Math.max(0, Math.min(MOST_SEED, Math.floor(Number(value)) || 0));

  function write() {
    Object.keys(RADIOS).forEach((name) => {
      room.querySelectorAll(`[name="epochs-${name}"]`).forEach((radio) => { radio.checked = radio.value === chosen[name]; });
    });
    if (whole(seed.value) !== chosen.seed) seed.value = chosen.seed;
    ["label", "left", "right", "other"].forEach((name) => { field(name).value = chosen[name] ?? ""; });
    group("step").hidden = chosen.other === null;
    group("seed").hidden = group("label").hidden = chosen.rows === "shelf";
    if (!field("label").options.length) group("label").hidden = true;
  }

  function take(patch) {
    chosen = { ...chosen, ...patch };
    write();
    changed();
  }

  const option = ([text, value]) => new Option(text, value);
  const fill = (name, options) => field(name).replaceChildren(...options.map(option));

  // Sets the options; a choice that no longer exists is reset.
  function offer({ facts, runs, pins }) {
    const others = [...runs, ...Object.keys(facts.own ?? {})].filter((run) => run !== facts.run);
    const moments = facts.moments.map((moment) => [studio.moment(moment), moment.images]);
    fill("label", facts.classes.length ? [[studio.word("mixed_labels"), ""], ...facts.classes.map((name, i) => [name, i])] : []);
    fill("other", [[studio.word("no_other"), ""], ...others.map((run) => [studio.called(run), run])]);
    ["left", "right"].forEach((side) => fill(side, moments));
    group("other").hidden = !others.length;
    group("rows").hidden = !pins;
    const has = (images) => facts.moments.some((moment) => moment.images === images);
    chosen = {
      ...chosen,
      rows: pins ? chosen.rows : "seed",
      label: chosen.label < facts.classes.length ? chosen.label : null,
      other: others.includes(chosen.other) ? chosen.other : null,
      left: has(chosen.left) ? chosen.left : facts.moments[0]?.images ?? null,
      right: has(chosen.right) ? chosen.right : facts.moments.at(-1)?.images ?? null,
    };
    write();
  }

  // Reads the choices from a link, whose values are untrusted.
  function open(linked) {
    const number = (value) => (Number.isSafeInteger(value) && value >= 0 ? value : null);
    Object.entries(RADIOS).forEach(([name, values]) => { if (values.includes(linked[name])) chosen[name] = linked[name]; });
    ["label", "left", "right"].forEach((name) => { chosen[name] = number(linked[name]) ?? chosen[name]; });
    if (number(linked.seed) !== null) chosen.seed = whole(linked.seed);
    if (typeof linked.other === "string") chosen.other = linked.other;
    write();
    changed();
  }

  // The choices that differ from the defaults.
  const applies = (name) => chosen.mode === "pair" || !["left", "right"].includes(name);
  const nonDefault = () => Object.fromEntries(Object.entries(chosen).filter(([name, value]) => applies(name) && value !== START[name]));

  Object.keys(RADIOS).forEach((name) => {
    room.querySelectorAll(`[name="epochs-${name}"]`).forEach((radio) => { radio.onchange = () => take({ [name]: radio.value }); });
  });
  const number = (text) => (text === "" ? null : Number(text));
  ["label", "left", "right"].forEach((name) => { field(name).onchange = (event) => take({ [name]: number(event.target.value) }); });
  field("other").onchange = ({ target }) => take({ other: target.value || null });
  seed.oninput = () => take({ seed: whole(seed.value) });
  seed.onblur = () => { seed.value = chosen.seed; };
  const steps = { previous: () => chosen.seed - 1, next: () => chosen.seed + 1, dice: () => Math.random() * 100000 };
  Object.entries(steps).forEach(([name, step]) => {
    room.querySelector(`[data-word="${name}"]`).onclick = () => take({ seed: whole(step()) });
  });
  write();
  return { get: () => chosen, offer, open, nonDefault };
};
