// The Interpolate tab: a path through key frames, drawn once and looped in the page.
//
// The settings exist from the start, so that a link or another tab can set key frames before this tab is opened.
import { engine } from "../page/engine.js";
import { link } from "../page/link.js";
import { local } from "../page/local.js";
import { notice } from "../page/sheet.js";
import { shelf } from "../page/shelf.js";
import { studio } from "../page/studio.js";
import { view } from "../page/view.js";
import { FILMS, saveFilm } from "./film.js";
import { keyRows, keys } from "./keyframes.js";
import { createPlayer } from "./player.js";
import { pathPictures } from "./path_pictures.js";

export const pathSettings = (() => {
  const START = 3; // default key frames
  const RANGES = { frames: [2, 240], seconds: [0.5, 20], truncation: [0, 1.5] };
  const settings = { mode: "slerp", closed: true, compare: false, frames: 120, seconds: 5, truncation: 1, images: null };
  const listeners = new Set();
  let own = { list: null }; // the default key frames until a change, and their { source, anew }
  let opening = null; // the key frames of a link, while they are fetched

  const fits = {
    mode: (value) => value === "slerp" || value === "lerp",
    closed: (value) => typeof value === "boolean",
    compare: (value) => typeof value === "boolean",
    frames: (value) => Number.isInteger(value) && inside("frames", value),
    seconds: (value) => inside("seconds", value),
    truncation: (value) => inside("truncation", value),
    images: (value) => engine.run()?.moments.some(({ images }) => images === value),
  };
  const inside = (name, value) => value >= RANGES[name][0] && value <= RANGES[name][1];

  // Takes over the valid ones of `values`.
  function adopt(values) {
    for (const [name, fit] of Object.entries(fits)) {
      if (Object.hasOwn(values, name) && fit(values[name])) settings[name] = values[name];
    }
    listeners.forEach((listener) => listener());
  }

  async function open(values) {
    adopt(values);
    const { run } = engine.run();
    const packed = Array.isArray(values.keys) ? values.keys.slice(0, keys.MOST) : [];
    const latents = await Promise.all(packed.map((key) => link.unpack(key, run)));
    if (latents.length >= keys.FEWEST) keys.set(latents);
  }

  link.add("interpolate", {
    read: () => (keys.list().length ? { ...settings, keys: keys.list().map(link.pack) } : undefined),
    open: (values) => {
      opening = open(values);
      return opening;
    },
  });

  // Snapshot and truncation follow Generate's until others are chosen here, and again when Generate changes them.
  view.follow(({ images, truncation }, changed) => {
    if (changed.has("images")) settings.images = images;
    if (changed.has("truncation")) adopt({ truncation });
  });
  engine.follow((run) => {
    if (!fits.images(settings.images)) settings.images = run?.moments.at(-1)?.images ?? null;
  });

  // Fills up the key frames with the first latents of Generate's seed. They follow it until a visitor changes them.
  async function fill() {
    await opening?.catch(() => {});
    const { run, classes } = engine.run();
    const { seed, label } = view.get();
    const source = `${seed} ${label}`;
    const [before, suits, untouched] = [keys.list(), keys.suits(), keys.list() === own.list];
    const handed = suits && !untouched ? before : [];
    if (handed.length >= keys.FEWEST || (suits && untouched && own.source === source)) return;
    const num = START + handed.length;
    const latents = await engine.latents({ run, seed, num, label: classes.length ? label : null });
    if (engine.run()?.run !== run || keys.list() !== before) return;
    const taken = (latent) => handed.some(({ from }) => from && from.seed === seed && from.index === latent.from.index);
    keys.set([...handed, ...latents.filter((latent) => !taken(latent))].slice(0, START));
    own = { list: keys.list(), source, anew: !suits && before.length > 0 };
  }

  return {
    settings, adopt, fill,
    ranges: RANGES,
    follow: (listener) => listeners.add(listener), // called when settings are taken over
    anew: () => keys.list() === own.list && own.anew, // whether key frames of another lineage were dropped
  };
})();

export const interpolate = (element) => {
  const { settings } = pathSettings;
  const part = (name) => element.querySelector(`.${name}`);
  const inputs = (name) => [...element.querySelectorAll(`[name="${name}"]`)];
  const [caption, fileSays, lesson, anew] = ["caption", "file-says", "lesson", "keys-anew"].map(part);
  const place = part("morph");
  const FIELDS = ["closed", "compare", "images", "frames", "seconds", "truncation"];
  const fields = Object.fromEntries(FIELDS.map((name) => [name, inputs(name)[0]]));
  const modes = inputs("path-mode");
  const saves = [...element.querySelectorAll("[data-kind]")];
  const showNotice = notice(part("notice"));
  const signed = local.sign(part("here"), () => engine.run() && { run: engine.run().run, images: settings.images });
  const failed = (error) => showNotice({ say: "path_not_drawn", detail: error.message });
  const player = createPlayer(element);
  const showKeyPictures = keyRows(element, touched, failed);
  let turns = 0;
  let fileMessage = null; // the text of the line under the downloads
  let copied = 0;

  const isOpen = () => view.get().tab === "interpolate";

  // The request, as path_pictures.js takes it.
  const asked = () => ({
    ...settings, run: engine.run().run, keys: keys.list(),
    modes: settings.compare ? ["lerp", "slerp"] : [settings.mode],
  });

  const work = engine.newest(async (turn) => {
    const stale = () => turn !== turns || !isOpen();
    if (!engine.run() || stale()) return;
    place.ariaBusy = true;
    try {
      await pathSettings.fill();
      speak();
      if (stale()) return;
      await pathPictures.draw(asked(), stale, (sequences, pictures) => {
        player.show(sequences);
        showKeyPictures(pictures);
      });
      if (!stale()) showNotice(null);
    } catch (error) {
      if (!stale()) failed(error);
    } finally {
      place.ariaBusy = turn !== turns;
    }
  });
  const refresh = () => work(++turns);

  // After any change of the key frames or the fields.
  function touched() {
    link.touch();
    show();
    refresh();
  }

  // ------------------------------------------------------------------------------------------------- words

  const moment = () => engine.run()?.moments.find(({ images }) => images === settings.images);

  function captionText() {
    const { run } = engine.run();
    const facts = { ...settings, run, keys: keys.list().length, moment: moment() ? studio.moment(moment()) : "" };
    return studio.word("path_caption", facts) + (settings.closed ? studio.word("path_caption_closed") : "");
  }

  function speak() {
    studio.speak(element);
    element.classList.toggle("empty", !engine.run());
    if (!engine.run()) return;
    part("file-alpha").hidden = !engine.run().transparent;
    caption.textContent = captionText();
    caption.title = studio.word("copy");
    anew.textContent = pathSettings.anew() ? studio.word("keys_anew") : "";
    saves.forEach((button) => { button.textContent = studio.word("save_kind", { kind: FILMS[button.dataset.kind] }); });
    fileSays.textContent = fileMessage ? studio.word(fileMessage.key, fileMessage) : "";
  }

  function offer() {
    const moments = engine.run()?.moments ?? [];
    fields.images.replaceChildren(...moments.map((moment) => new Option(studio.moment(moment), moment.images)));
    show();
  }

  // Shows the values of the settings.
  function show() {
    modes.forEach((radio) => { radio.checked = radio.value === settings.mode; });
    for (const name of ["closed", "compare"]) fields[name].checked = settings[name];
    for (const name of Object.keys(pathSettings.ranges)) {
      const [slider, text] = [fields[name], String(settings[name])];
      slider.value = settings[name];
      slider.setAttribute("aria-valuetext", text);
      slider.parentElement.querySelector(".value").textContent = text;
    }
    fields.images.value = settings.images;
    lesson.hidden = !settings.compare;
    player.pace(settings.seconds);
    signed();
    speak();
  }

  // ------------------------------------------------------------------------------------------------- files

  function say(key, values) {
    fileMessage = { key, ...values };
    speak();
  }

  async function save(kind) {
    const { run, images, truncation, mode, closed, frames, seconds } = { ...settings, run: engine.run().run };
    const latents = keys.list();
    saves.forEach((button) => { button.disabled = true; });
    say("saving_kind", { kind: FILMS[kind] });
    try {
      const file = await saveFilm({ run, images, truncation, latents, mode, closed, frames, seconds, kind });
      say("saved_kind", { file });
    } catch (error) {
      say("not_saved", { kind: FILMS[kind], reason: error.message });
    } finally {
      saves.forEach((button) => { button.disabled = false; });
    }
  }

  // ------------------------------------------------------------------------------------------------- the visitor

  const set = (values) => { pathSettings.adopt(values); touched(); };
  modes.forEach((radio) => { radio.onchange = () => set({ mode: radio.value }); });
  for (const name of ["closed", "compare"]) fields[name].onchange = () => set({ [name]: fields[name].checked });
  for (const name of Object.keys(pathSettings.ranges)) fields[name].oninput = () => set({ [name]: Number(fields[name].value) });
  fields.images.onchange = () => set({ images: Number(fields.images.value) });
  saves.forEach((button) => { button.onclick = () => save(button.dataset.kind); });
  caption.onclick = async () => {
    await studio.copy(captionText());
    caption.dataset.copied = studio.word("copied");
    clearTimeout(copied);
    copied = setTimeout(() => delete caption.dataset.copied, 1600);
  };

  shelf.onpick("interpolate", (latent) => { if (keys.add(latent)) touched(); });
  engine.follow((run) => {
    showNotice(run ? null : { say: "no_runs" });
    offer();
    refresh();
  });
  view.follow(({ tab }) => {
    player.wake(tab === "interpolate");
    show();
    refresh();
  });
  studio.follow(offer);
};
