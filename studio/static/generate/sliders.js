// The live sliders: a page of axes, and the pictures at their ends, which large_picture.js draws.
import { engine } from "../page/engine.js";
import { link } from "../page/link.js";
import { studio } from "../page/studio.js";
import { axes, axisNames } from "./axes.js";
import { explore } from "./explore.js";
import { named } from "./named.js";
import { own } from "./own.js";

export const createSliders = (element, surround) => {
  const END = 3; // standard deviations to either side
  const KEY_STEP = 0.1; // of an arrow key
  const MOST_KEPT = 100; // names in a link
  const HANDLE = 14; // CSS pixels of a slider's handle, as in studio.css
  const part = (name) => element.querySelector(`.${name}`);
  const [list, template, before, after, place] = ["axis-list", "axis-template", "before", "after", "place"].map(part);
  const keepPlace = part("keep-list");
  const kinds = [...element.querySelectorAll(".kind")];
  const narrow = matchMedia("(max-width: 860px)");
  let kind = "directions";
  let page = 0;
  let attributes = []; // of the snapshot, which named axes move
  let keep = []; // their names, which named axes shall not move
  let all = []; // axes of the kind
  let rows = []; // of the page: { axis, row, slider, ... }
  let asked = 0;

  const pageSize = () => (narrow.matches ? 4 : 8);
  const pages = () => Math.max(1, Math.ceil(all.length / pageSize()));
  const shown = (value) => (Math.abs(value) < 0.005 ? 0 : value).toFixed(2).replace("-", "−");

  // ------------------------------------------------------------------------------------------------- a row

  function rowOf(axis) {
    const row = template.content.firstElementChild.cloneNode(true);
    const [name, number, low, slider, origin, high, value, back, also] = [
      "name", "number", "low", "track input", "origin", "high", "value", "back", "also"]
      .map((part) => row.querySelector(`.${part}`));
    const entry = { axis, row, name, number, low, slider, origin, high, value, back, also };
    name.hidden = !axis.named;
    number.hidden = axis.named;
    slider.oninput = () => explore.hold(slider, (z) => axis.moved(z, Number(slider.value)));
    slider.onchange = explore.rest;
    slider.ondblclick = () => explore.reset(axis);
    back.onclick = () => explore.reset(axis);
    low.onclick = () => explore.step({ z: axis.moved(explore.state().z, -END) });
    high.onclick = () => explore.step({ z: axis.moved(explore.state().z, END) });
    slider.onkeydown = (event) => {
      const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
      if (!way) return;
      event.preventDefault();
      slider.value = Number(slider.value) + way * KEY_STEP;
      slider.oninput();
    };
    slider.onkeyup = explore.rest;
    name.onchange = () => axisNames.set(explore.scene(), axis.number, name.value.trim());
    name.onkeydown = (event) => { if (event.key === "Enter") name.blur(); };
    return entry;
  }

  const sayOf = ({ axis, name }) => {
    if (axis.attribute) return named.say(axis.attribute);
    if (!axis.named) return studio.word("coordinate", { number: axis.number });
    return name.value.trim() || studio.word("direction", { number: axis.number });
  };

  function speakRow(entry) {
    const { axis, name, number, low, slider, high, back } = entry;
    if (axis.named && document.activeElement !== name) name.value = axisNames.get(explore.scene(), axis.number);
    name.placeholder = studio.word("direction", { number: axis.number });
    name.ariaLabel = studio.word("name_axis", { number: axis.number });
    const axisName = sayOf(entry);
    number.textContent = axisName;
    slider.ariaLabel = axisName;
    entry.also.hidden = !axis.attribute;
    entry.also.textContent = axis.attribute ? named.about(axis) : "";
    entry.also.title = entry.also.textContent;
    low.ariaLabel = studio.word("to_low", { axis: axisName });
    high.ariaLabel = studio.word("to_high", { axis: axisName });
    back.ariaLabel = studio.word("reset_one", { axis: axisName });
    back.title = back.ariaLabel;
    for (const button of [low, high]) button.title = button.ariaLabel;
  }

  // A row's value, and its start value.
  function stand(entry, z, start) {
    const [now, begun] = [entry.axis.read(z), entry.axis.read(start)];
    if (Math.abs(entry.slider.value - now) > 0.005) entry.slider.value = now;
    if (entry.value.textContent !== shown(now)) {
      entry.value.textContent = shown(now);
      entry.slider.setAttribute("aria-valuetext", entry.axis.named ? `${shown(now)} σ` : shown(now));
    }
    entry.back.disabled = Math.abs(now - begun) < 0.005;
    const share = Math.min(1, Math.max(0, (begun + END) / (2 * END)));
    entry.origin.style.left = `calc(${HANDLE / 2}px + (100% - ${HANDLE}px) * ${share.toFixed(4)})`;
  }

  function settle() {
    const state = explore.state();
    if (state) rows.forEach((entry) => stand(entry, state.z, state.start.z));
  }

  // ------------------------------------------------------------------------------------------------- pages

  function turn(to) {
    page = Math.max(0, Math.min(to, pages() - 1));
    const size = pageSize();
    rows = all.slice(page * size, (page + 1) * size).map(rowOf);
    list.replaceChildren(...rows.map(({ row }) => row));
    list.style.setProperty("--rows", Math.min(size, all.length || size));
    speak();
    settle();
    surround();
  }

  function speak() {
    const size = pageSize();
    kinds.forEach((button) => button.setAttribute("aria-pressed", button.dataset.kind === kind));
    before.disabled = page === 0;
    after.disabled = page >= pages() - 1;
    const last = Math.min(all.length, (page + 1) * size);
    place.textContent = all.length ? studio.word("axes_place", { first: page * size + 1, last, all: all.length }) : "";
    keepPlace.hidden = kind !== "named";
    named.offer(keepPlace, attributes, keep, keepOnly);
    rows.forEach(speakRow);
  }

  // The axes of the scene. The previous snapshot's serve until the new ones arrive, unless the lineage differs.
  async function find() {
    const scene = explore.scene();
    const turns = ++asked;
    if (rows.length && rows[0].axis.dim !== scene.dim) {
      rows = [];
      list.replaceChildren();
    }
    let found;
    try {
      const known = await engine.attributes(scene);
      if (turns !== asked) return;
      attributes = [...own.attributes(), ...known];
      found = await axesOf[kind](scene);
    } catch {
      found = axes.raw(scene.dim); // without directions, the components remain
      kind = "raw";
    }
    if (turns !== asked) return;
    all = found.map((axis) => ({ ...axis, dim: scene.dim }));
    turn(page);
  }

  const axesOf = {
    directions: async (scene) => axes.directions(await engine.directions(scene)),
    named: () => named.axes(attributes, keep),
    raw: ({ dim }) => axes.raw(dim),
  };

  function keepOnly(names) {
    keep = names;
    page = 0;
    find();
    link.touch();
  }

  function choose(wanted) {
    if (!explore.scene()) return;
    kind = wanted;
    page = 0;
    find();
  }

  // Brings the slider of one's own direction into view.
  async function moveOwn() {
    kind = "named";
    const wanted = own.attribute();
    page = Math.floor(own.attributes().findIndex((one) => one.own === wanted.own) / pageSize());
    await find();
    link.touch();
    keepPlace.scrollIntoView({ block: "nearest", behavior: studio.still ? "auto" : "smooth" });
    rows.find(({ axis }) => axis.attribute?.own === wanted.own)?.slider.focus({ preventScroll: true });
  }

  own.follow((reason) => {
    if (reason === "move") moveOwn();
    else if (kind === "named" && explore.scene()) find();
  });

  let source = "";
  explore.follow((reason) => {
    const { run, images } = explore.scene();
    if (source !== `${run} ${images}`) {
      source = `${run} ${images}`;
      find();
    } else if (reason === "scene") speak();
    settle();
  });
  kinds.forEach((button) => { button.onclick = () => { choose(button.dataset.kind); link.touch(); }; });
  before.onclick = () => { turn(page - 1); link.touch(); };
  after.onclick = () => { turn(page + 1); link.touch(); };
  narrow.onchange = () => { if (all.length) turn(0); };
  studio.follow(speak);

  // The sliders' part of a link.
  link.add("sliders", {
    read: () => (kind !== "directions" || page ? { kind, page, ...(keep.length && { keep }) } : undefined),
    open: (values) => {
      if (Object.hasOwn(axesOf, values.kind)) kind = values.kind;
      if (Array.isArray(values.keep)) keep = values.keep.filter((name) => typeof name === "string").slice(0, MOST_KEPT);
      if (Number.isInteger(values.page) && values.page >= 0) page = values.page;
      if (explore.scene()) find();
    },
  });

  // The pictures at the ends of the page's sliders, all else equal.
  const ends = () => {
    const drawn = rows;
    const { z, label } = explore.latent();
    return {
      latents: drawn.flatMap(({ axis }) => [-END, END].map((value) => ({ z: axis.moved(z, value), label }))),
      show: (pictures) => drawn.forEach(({ low, high }, i) => [low, high].forEach((button, j) => {
        engine.picture(button.firstElementChild, pictures[2 * i + j]);
      })),
    };
  };

  explore.firstAxis = () => rows[0]?.axis;
  return { ends };
};
