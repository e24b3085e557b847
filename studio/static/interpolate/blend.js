// Interpolate's second part: the weights of the selected snapshot blended with another's of its lineage, as a whole or layer by
// layer. The same latents in the first, the blend and the second.
import { engine } from "../page/engine.js";
import { link } from "../page/link.js";
import { local } from "../page/local.js";
import { setSides, longer } from "../page/sizes.js";
import { studio } from "../page/studio.js";
import { view } from "../page/view.js";
import { blends } from "./blends.js";
import { pathSettings } from "./interpolate.js";

export const blend = (element) => {
  const NUM = 8; // latents
  const LONGEST = 84; // pixels of a picture on the screen
  const ALL = "all"; // the slider of all layers
  const SETTLED = 250; // ms after the last change until the statistics of more samples are taken
  const part = (name) => element.querySelector(`.${name}`);
  const [place, body, says, command, sliders] = ["blend", "blend-body", "blend-says", "caption", "blend-shares"].map(part);
  const other = element.querySelector("select");
  const rows = ["first", "blend", "second"].map((side) => element.querySelector(`[data-side="${side}"]`));
  let kin = null; // the answer about the selected run
  let shares = {}; // of the second snapshot, by layer
  let linked = null; // the state of a link, until its run is known
  let timer = 0;
  let copied = 0;

  const isOpen = () => view.get().tab === "interpolate";
  const first = () => ({ run: engine.run().run, images: pathSettings.settings.images });
  const second = () => (other.value ? JSON.parse(other.value) : null);
  const momentOf = ({ run, images }) => kin.runs.find((one) => one.run === run)?.moments.find((one) => one.images === images);
  const named = (side) => studio.word("blend_side", { run: side.run, moment: momentOf(side) ? studio.moment(momentOf(side)) : "" });

  // ------------------------------------------------------------------------------------------------- choices

  function offer() {
    const chosen = linked ? JSON.stringify(linked.with) : other.value;
    const { run, images } = first();
    const sides = kin.runs.flatMap((one) => one.moments.map((moment) => ({ run: one.run, images: moment.images })))
      .filter((side) => side.run !== run || side.images !== images).reverse();
    other.replaceChildren(new Option(studio.word("blend_none"), ""), ...sides.map((side) => new Option(named(side), JSON.stringify(side))));
    other.value = [...other.options].some(({ value }) => value === chosen) ? chosen : "";
    says.textContent = sides.length ? "" : studio.word("blend_no_kin");
  }

  function makeSliders() {
    const layers = Object.keys(kin.layers);
    const given = linked?.shares ?? {};
    const fits = (share) => typeof share === "number" && share >= 0 && share <= 1;
    shares = Object.fromEntries(layers.map((layer) => [layer, fits(given[layer]) ? given[layer] : (shares[layer] ?? 0.5)]));
    sliders.replaceChildren(...[ALL, ...layers].map((layer) => {
      const knob = part("share-template").content.cloneNode(true).firstElementChild;
      const slider = knob.querySelector("input");
      knob.dataset.layer = layer;
      slider.oninput = () => change(layer, Number(slider.value));
      return knob;
    }));
    linked = null;
  }

  function change(layer, share) {
    for (const name of layer === ALL ? Object.keys(shares) : [layer]) shares[name] = share;
    show();
    link.touch();
    work({ moving: true });
    clearTimeout(timer);
    timer = setTimeout(() => work({}), SETTLED);
  }

  function show() {
    const values = Object.values(shares);
    const mean = values.reduce((sum, share) => sum + share, 0) / values.length;
    for (const knob of sliders.children) {
      const { layer } = knob.dataset;
      const share = layer === ALL ? mean : shares[layer];
      knob.querySelector(".name").textContent = layer === ALL ? studio.word("blend_all") : layer;
      knob.querySelector(".value").textContent = share.toFixed(2);
      const slider = knob.querySelector("input");
      slider.value = share;
      slider.setAttribute("aria-valuetext", share.toFixed(2));
    }
    if (!second()) return;
    const captions = [named(first()), studio.word("blend_mix"), named(second())];
    rows.forEach((row, i) => {
      row.previousElementSibling.textContent = captions[i];
      row.setAttribute("role", "img");
      row.setAttribute("aria-label", studio.word("blend_alt", { side: captions[i] }));
    });
    command.textContent = commandText();
    command.title = studio.word("copy");
  }

  // ------------------------------------------------------------------------------------------------- saving

  function commandText() {
    const at = (side) => `checkpoints/${side.run}@${momentOf(side)?.epoch ?? 0}`;
    const values = Object.values(shares);
    const same = values.every((share) => share === values[0]);
    const layers = same ? values[0] : Object.entries(shares).map(([layer, share]) => `${layer}:${share}`).join(",");
    return `python -m ganlib.blend ${at(first())} ${at(second())} --layers ${layers} --out checkpoints/blend`;
  }

  command.onclick = async () => {
    await studio.copy(commandText());
    command.dataset.copied = studio.word("copied");
    clearTimeout(copied);
    copied = setTimeout(() => delete command.dataset.copied, 1600);
  };

  // ------------------------------------------------------------------------------------------------- pictures

  function paint(row, pictures) {
    const facts = engine.run();
    const scale = LONGEST / longer(facts.size);
    setSides(row, facts.size, scale < 1 ? scale : Math.floor(scale));
    pictures.forEach((picture, i) => {
      if (row.children[i]) engine.picture(row.children[i], picture, facts);
      else row.append(engine.picture(null, picture, facts));
    });
  }

  async function drawn(share, question) {
    const whole = Object.fromEntries(Object.keys(shares).map((layer) => [layer, share]));
    return (await blends.draw(whole, question)).pictures;
  }

  let parents = ""; // what the first and the last row show, as JSON
  const work = engine.newest(async ({ moving = false }) => {
    const side = second();
    body.hidden = !side || !local.here;
    if (!isOpen() || body.hidden) return;
    const { seed } = view.get();
    const { truncation } = pathSettings.settings;
    const { run } = first();
    place.ariaBusy = true;
    try {
      await blends.open(first(), side);
      const question = { latents: await latentsOf(run, seed), truncation };
      const key = JSON.stringify([first(), side, seed, truncation]);
      if (key !== parents) {
        paint(rows[0], await drawn(0, question));
        paint(rows[2], await drawn(1, question));
        parents = key;
      }
      paint(rows[1], (await blends.draw(shares, question, moving)).pictures);
      says.textContent = "";
    } catch (error) {
      says.textContent = studio.word("blend_failed", { reason: error.message ?? error.problem ?? "" });
      body.hidden = true;
    } finally {
      place.ariaBusy = moving;
    }
  });

  let kept = { key: "" };
  async function latentsOf(run, seed) {
    const key = `${run} ${seed}`;
    if (kept.key !== key) kept = { key, latents: await engine.latents({ run, seed, num: NUM }) };
    return kept.latents;
  }

  // ------------------------------------------------------------------------------------------------- the visitor

  const learn = engine.newest(async () => {
    const facts = engine.run();
    place.hidden = !facts?.moments.length;
    if (place.hidden || !isOpen()) return;
    if (!local.here) {
      says.textContent = studio.word("blend_not_here");
      other.parentElement.hidden = true;
      return;
    }
    try {
      kin = await blends.kin(facts.run);
    } catch (error) {
      says.textContent = studio.word("blend_failed", { reason: error.message });
      return;
    }
    if (engine.run()?.run !== facts.run) return;
    offer();
    makeSliders();
    speak();
    work({});
  });

  function speak() {
    studio.speak(element);
    if (!kin || !engine.run()) return;
    offer();
    show();
  }

  other.onchange = () => {
    link.touch();
    show();
    work({});
  };
  link.add("blend", {
    read: () => linked ?? (kin && second() ? { with: second(), shares } : undefined),
    open: (values) => {
      linked = { with: values.with, shares: values.shares && typeof values.shares === "object" ? values.shares : {} };
      learn();
    },
  });
  engine.follow((run) => {
    kin = null;
    place.hidden = !run;
    learn();
  });
  view.follow((_, changed) => {
    if (["tab", "images", "seed"].some((name) => changed.has(name))) learn();
  });
  let known = {}; // snapshot and truncation of the path, as they were
  pathSettings.follow(() => {
    const { images, truncation } = pathSettings.settings;
    if (images !== known.images) learn();
    else if (truncation !== known.truncation && kin) work({});
    known = { images, truncation };
  });
  studio.follow(speak);
};
