// Generate's panel of switches: a stage's units, ranked, to be turned off or doubled, everywhere or where the visitor paints.
import { engine } from "../page/engine.js";
import { link } from "../page/link.js";
import { local } from "../page/local.js";
import { heightWidth } from "../page/sizes.js";
import { studio } from "../page/studio.js";
import { explore } from "./explore.js";
import { switches } from "./switches.js";
import { createBrush } from "./units_brush.js";

export const units = (element) => {
  const PAGE = 12; // units at once
  const [SAMPLES, ACROSS, SEED] = [64, 8, 0];
  const JUDGED = 4; // samples by which the browser's discriminator is compared with the server's
  const [MOST, LARGEST] = [256, 10]; // switches, and a factor
  const part = (name) => element.querySelector(`.${name}`);
  const [panel, says, graph, stages, list, template, place, chosen, many, logits] = [
    "units", "units-says", "units-graph", "units-stage", "units-list", "unit-template", "units-place", "units-chosen", "units-samples", "units-logits"].map(part);
  const [plain, switched, before, after, clear, reset, sample] = [
    "units-plain", "units-switched", "units-before", "units-after", "units-clear", "units-reset", "units-sample"].map(part);
  const colour = () => getComputedStyle(element).getPropertyValue("--generator");
  const brush = createBrush(part("units-brush"), colour, () => turn(0));
  let facts = null; // of the snapshot (switches.js)
  let known = ""; // its key
  let on = []; // the switches
  let page = 0;
  let latents = []; // of the samples
  let told = []; // sentences about them: pairs of key and values

  const question = (asked) => {
    const { run, images, truncation } = explore.scene();
    return { run, images, truncation, latents: asked };
  };
  const stage = () => facts.stages.find(({ name }) => name === stages.value) ?? facts.stages[0];
  const keyOf = ({ stage: name, unit, area }) => `${name} ${unit} ${area ?? ""}`;
  const valid = ({ stage: name, unit, area }) => facts.stages.some((one) => one.name === name && unit < one.units)
    && (!area || area.length === facts.rows * facts.columns);
  const signed = (value) => value.toFixed(2).replace("-", "−");
  const failed = (error) => { says.textContent = studio.word("units_failed", { reason: error.message ?? "" }); };

  // ------------------------------------------------------------------------------------------------- units

  // The units of the stage, those with the largest change first: in the painted area, where there is one.
  function ranked() {
    const { units: num, change, heat } = stage();
    const area = brush.area();
    const fields = facts.rows * facts.columns;
    const all = Array.from({ length: num }, (_, unit) => {
      if (!change) return { unit, change: null };
      const map = heat.subarray(unit * fields, (unit + 1) * fields);
      if (!area) return { unit, change: change[unit], map };
      const [whole, there, size] = map.reduce(([sum, part, count], value, i) => [sum + value, part + value * area[i], count + area[i]], [0, 0, 0]);
      return { unit, change: whole ? (change[unit] * there * fields) / (whole * size) : 0, map };
    });
    return change ? all.sort((one, other) => other.change - one.change) : all;
  }

  function paintHeat(canvas, map) {
    canvas.hidden = !map;
    if (!map) return;
    [canvas.width, canvas.height] = [facts.columns, facts.rows];
    const context = canvas.getContext("2d");
    context.fillStyle = colour();
    map.forEach((value, i) => {
      context.globalAlpha = value / 255;
      context.fillRect(i % facts.columns, Math.floor(i / facts.columns), 1, 1);
    });
  }

  function rowOf({ unit, change, map }) {
    const row = template.content.firstElementChild.cloneNode(true);
    const own = { stage: stage().name, unit, area: stage().sides.length ? brush.area() : null };
    const active = on.find((one) => keyOf(one) === keyOf(own));
    const name = studio.word("units_unit", { unit });
    paintHeat(row.querySelector(".unit-heat"), map);
    row.querySelector(".unit-name").textContent = change === null ? name : `${name}  ${change.toFixed(2)}`;
    row.querySelector(".unit-deeds").ariaLabel = name;
    row.querySelectorAll("button").forEach((button) => {
      const factor = Number(button.dataset.factor);
      button.setAttribute("aria-pressed", active?.factor === factor);
      button.onclick = () => put(own, active?.factor === factor ? null : factor);
    });
    return row;
  }

  // Sets the factor of a switch; null turns the unit on again.
  function put(own, factor) {
    const rest = on.filter((one) => keyOf(one) !== keyOf(own));
    on = factor === null ? rest : [...rest, { ...own, factor }].slice(-MOST);
    changed();
  }

  function changed() {
    show();
    link.touch();
    update();
  }

  function turn(to) {
    page = to;
    show();
  }

  function show() {
    if (!facts?.stages.length) return;
    const focused = [...panel.querySelectorAll("button")].indexOf(document.activeElement);
    const all = ranked();
    page = Math.max(0, Math.min(page, Math.ceil(all.length / PAGE) - 1));
    list.replaceChildren(...all.slice(page * PAGE, (page + 1) * PAGE).map(rowOf));
    place.textContent = studio.word("axes_place", { first: page * PAGE + 1, last: Math.min(all.length, (page + 1) * PAGE), all: all.length });
    before.disabled = page === 0;
    after.disabled = (page + 1) * PAGE >= all.length;
    clear.disabled = !brush.area();
    says.textContent = facts.samples
      ? studio.word(brush.area() ? (stage().sides.length ? "units_there" : "units_nowhere") : "units_ranked", { num: facts.samples })
      : studio.word("units_unmeasured", { run: explore.scene().run });
    chosen.replaceChildren(...on.map((one) => {
      const words = { stage: one.stage, unit: one.unit, deed: studio.word(one.factor === 0 ? "units_off" : "units_times", { factor: one.factor }) };
      const button = Object.assign(document.createElement("button"), {
        type: "button", textContent: `${studio.word(one.area ? "units_one_there" : "units_one", words)} ×`, onclick: () => put(one, null),
      });
      button.ariaLabel = studio.word("units_remove", words);
      const item = document.createElement("li");
      item.append(button);
      return item;
    }));
    reset.disabled = !on.length;
    sample.disabled = !on.length;
    studio.speak(list);
    panel.querySelectorAll("button")[focused]?.focus();
  }

  // ------------------------------------------------------------------------------------------------- pictures

  // Says so where the run's graph has no switches.
  function tellGraph() {
    const scene = explore.scene();
    graph.textContent = scene && local.unscaled(scene) ? studio.word("units_old_graph", { run: scene.run }) : "";
  }

  const update = engine.newest(async () => {
    if (!panel.open || !facts || !explore.state()) return;
    const asked = question([explore.latent()]);
    try {
      const [without] = await engine.draw(asked);
      const [shown] = await switches.draw(asked, on, facts);
      engine.picture(plain, without);
      engine.picture(switched, shown);
      tellGraph();
    } catch (error) {
      failed(error);
    }
  });

  // Draws pictures side by side into one canvas.
  function sheet(canvas, pictures) {
    const { width, height } = pictures[0];
    engine.picture(canvas, new ImageData(ACROSS * width, Math.ceil(pictures.length / ACROSS) * height));
    const context = canvas.getContext("2d");
    pictures.forEach((picture, i) => context.putImageData(picture, (i % ACROSS) * width, Math.floor(i / ACROSS) * height));
  }

  function tell(sentences) {
    told = sentences;
    logits.textContent = told.map(([key, values]) => studio.word(key, values)).join(" ");
  }

  sample.onclick = async () => {
    const [asked, used] = [question(latents), on];
    sample.ariaBusy = true;
    tell([]);
    try {
      const [without, shown] = [await engine.draw(asked), await switches.draw(asked, used, facts)];
      many.hidden = false;
      sheet(part("units-many-plain"), without);
      sheet(part("units-many"), shown);
      const apart = shown.reduce((sum, picture, n) => sum + picture.data.reduce((all, value, i) => all + Math.abs(value - without[n].data[i]), 0), 0);
      const change = ["units_changed", { num: shown.length, change: (apart / shown.length / (3 * shown[0].width * shown[0].height)).toFixed(1) }];
      tell([change]);
      const judged = await switches.judged(asked, used, facts).catch(() => undefined);
      const key = judged ? "units_logits" : judged === null ? "units_no_judge" : "units_judge_away";
      tell([change, [key, judged ? { plain: signed(judged[0]), switched: signed(judged[1]) } : {}]]);
    } catch (error) {
      failed(error);
    } finally {
      sample.ariaBusy = false;
    }
  };

  // ------------------------------------------------------------------------------------------------- the snapshot

  const learn = engine.newest(async () => {
    const scene = explore.scene();
    if (!panel.open || !scene) return;
    const key = `${scene.run} ${scene.images}`;
    if (key !== known) {
      try {
        const [found, drawn] = await Promise.all([switches.units(scene), engine.latents({ run: scene.run, seed: SEED, num: SAMPLES })]);
        [facts, latents, known] = [found, drawn, key];
      } catch (error) {
        failed(error);
        return;
      }
      on = on.filter(valid);
      const wished = stages.value;
      stages.replaceChildren(...facts.stages.map(({ name, units: num, sides }) => new Option([`${name}: ${num}`, ...(sides.length ? [sides.join(" × ")] : [])].join(", "), name)));
      stages.value = facts.stages.some(({ name }) => name === wished) ? wished : (facts.stages.at(-1)?.name ?? "");
      many.hidden = true;
      tell([]);
      const [height, width] = heightWidth(scene.size);
      panel.style.setProperty("--ratio", `${width} / ${height}`);
      brush.set(null, [facts.rows, facts.columns]);
      page = 0;
      show();
      switches.prepareJudge(scene, latents.slice(0, JUDGED));
    }
    update();
  });

  stages.onchange = () => turn(0);
  before.onclick = () => turn(page - 1);
  after.onclick = () => turn(page + 1);
  clear.onclick = () => { brush.set(null); turn(0); };
  reset.onclick = () => { on = []; changed(); };
  panel.ontoggle = () => { link.touch(); learn(); };
  explore.follow(learn);
  studio.follow(() => {
    studio.speak(element);
    part("units-brush").ariaLabel = studio.word("units_keys");
    brush.show();
    tellGraph();
    tell(told);
    show();
  });

  // A link's switch: its stage, unit and factor, and an area as text of 0 and 1.
  function unpacked(one) {
    const [name, unit, factor, text = null] = Array.isArray(one) ? one : [];
    const fits = typeof name === "string" && Number.isInteger(unit) && unit >= 0 && factor >= 0 && factor <= LARGEST
      && (text === null || (typeof text === "string" && /^[01]{1,256}$/.test(text)));
    return fits ? [{ stage: name, unit, factor, area: text && Uint8Array.from(text, Number) }] : [];
  }
  link.add("units", {
    read: () => (panel.open || on.length ? { on: on.map(({ stage: name, unit, factor, area }) => [name, unit, factor, ...(area ? [area.join("")] : [])]) } : undefined),
    open: (values) => {
      on = Array.isArray(values.on) ? values.on.slice(0, MOST).flatMap(unpacked) : [];
      panel.open = true;
      known = "";
      learn();
    },
  });
};
