// The pane beside Generate's grid: the selected picture with its label, sliders, mixing and undo.
import { engine } from "../page/engine.js";
import { local } from "../page/local.js";
import { copies, confirmation } from "../page/sheet.js";
import { shelf } from "../page/shelf.js";
import { studio } from "../page/studio.js";
import { createLargePicture } from "./large_picture.js";
import { explore } from "./explore.js";
import { createNearest } from "./nearest.js";
import { createSliders } from "./sliders.js";
import { createWalk } from "./walk.js";
import { keys } from "../interpolate/keyframes.js";

export const explorer = (element) => {
  const FEW = 12; // labels that get a button each
  const part = (name) => element.querySelector(`.${name}`);
  const pane = part("explore");
  const [caption, still, remark, labels, labelButtons, labelMenu, mix, mixPins] = [
    "caption", "still", "remark", "label-choice", "label-buttons", "label-menu", "mix", "mix-pins"].map(part);
  const [undo, reset, mixLabel, mixFirst, mixSecond] = ["undo", "reset", "mix-label", "mix-first", "mix-second"].map(part);
  const say = confirmation(part("done"));
  let problem = null;
  let picked = null; // the id of the pin to mix with
  let thumbs = []; // { pin, button }

  const largePicture = createLargePicture(element, () => [sliders.ends(), pinPictures()]);
  const sliders = createSliders(element, largePicture.surround);
  largePicture.fail((error) => { problem = error; speakRemark(); });
  const signed = local.sign(part("here"), explore.scene);
  pane.addEventListener("pointerenter", () => { // the pointer comes to the sliders: what draws in the browser is fetched meanwhile
    if (explore.scene()) local.ready(explore.scene()).catch(() => {});
  }, { once: true });

  // ------------------------------------------------------------------------------------------------- words

  function captionText() {
    const { run, moment, truncation, classes } = explore.scene();
    const { start } = explore.state();
    const { from, label } = explore.latent();
    const source = (({ seed, index }) => studio.word("from_seed", { seed, number: index + 1 }));
    const begun = start.from ? source(start.from) : studio.word("from_hand");
    const where = from || !start.from ? begun : studio.word("from_moved", { from: begun });
    const text = studio.word("chosen_caption", { run, moment: studio.moment(moment), from: where, truncation });
    return label === null ? text : text + studio.word("caption_label", { label: classes[label] });
  }

  function speakRemark() {
    const key = explore.remark();
    const text = problem ? studio.word(problem.word ?? "not_drawn", { reason: problem.message }) : key ? studio.word(key) : "";
    if (remark.textContent !== text) remark.textContent = text;
  }

  function speak() {
    studio.speak(element);
    if (!explore.scene() || !explore.state()) return;
    settle();
    thumbs.forEach(({ button, pin }, i) => { button.ariaLabel = pinName(pin, i); });
  }

  // Updates everything that depends on the latent.
  function settle() {
    undo.disabled = !explore.canUndo();
    reset.disabled = !explore.changed();
    speakRemark();
    const text = captionText();
    if (caption.textContent === text) return; // it contains the label too
    caption.textContent = text;
    still.alt = studio.word("alt_chosen", { caption: text });
    const { label } = explore.state();
    labelMenu.value = label;
    [...labelButtons.children].forEach((button, i) => button.setAttribute("aria-pressed", i === label));
  }

  // ------------------------------------------------------------------------------------------------- label

  let offered = "";
  function offer({ classes }) {
    if (offered === classes.join("\n") && labels.dataset.ready) return;
    offered = classes.join("\n");
    labels.dataset.ready = true;
    labels.hidden = !classes.length;
    labels.toggleAttribute("data-many", classes.length > FEW);
    labelButtons.style.setProperty("--longest", Math.max(0, ...classes.map((name) => name.length)));
    labelMenu.replaceChildren(...classes.map((name, label) => new Option(name, label)));
    labelButtons.replaceChildren(...(classes.length > FEW ? [] : classes).map((name, label) => Object.assign(
      document.createElement("button"),
      { type: "button", textContent: name, onclick: () => explore.step({ label }) },
    )));
    caption.textContent = ""; // forces an update
  }
  labelMenu.onchange = () => explore.step({ label: Number(labelMenu.value) });

  // ------------------------------------------------------------------------------------------------- mixing

  const pinName = ({ label }, i) => (label === null ? studio.word("pin", { number: i + 1 })
    : studio.word("pin_label", { number: i + 1, label: engine.run().classes[label] }));

  function showPins(pins) {
    mix.hidden = !pins.length;
    if (!pins.some(({ id }) => id === picked)) picked = pins.at(-1)?.id ?? null;
    thumbs = pins.map((pin, i) => {
      const known = thumbs.find(({ pin: { id } }) => id === pin.id);
      const button = known?.button ?? Object.assign(document.createElement("button"), { type: "button" });
      if (!known) button.append(engine.picture(null, new ImageData(1, 1)));
      button.ariaLabel = pinName(pin, i);
      button.onclick = () => { picked = pin.id; mark(); };
      return { pin, button };
    });
    mixPins.replaceChildren(...thumbs.map(({ button }) => button));
    mixLabel.hidden = !engine.run()?.classes.length;
    mark();
    largePicture.surround();
  }

  const mark = () => thumbs.forEach(({ pin, button }) => button.setAttribute("aria-pressed", pin.id === picked));
  const pinned = () => shelf.pins().find(({ id }) => id === picked);

  function pinPictures() {
    const drawn = thumbs.filter(({ pin }) => pin.z.length === explore.scene().dim);
    const show = (pictures) => drawn.forEach(({ button }, i) => engine.picture(button.firstElementChild, pictures[i]));
    return { latents: drawn.map(({ pin }) => pin), show };
  }

  mixLabel.onclick = () => explore.step({ label: pinned().label });
  mixFirst.onclick = () => explore.mixHalf(pinned(), 0);
  mixSecond.onclick = () => explore.mixHalf(pinned(), 1);

  // ------------------------------------------------------------------------------------------------- tools

  undo.onclick = explore.undo;
  reset.onclick = explore.resetAll;
  part("pin-now").onclick = () => { if (shelf.add(explore.latent())) say("pinned"); };
  part("key-now").onclick = () => say(keys.add(explore.latent()) ? "key_added" : "key_full");
  pane.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.key.toLowerCase() !== "z" || event.target.matches(".name")) return;
    event.preventDefault();
    explore.undo();
  });
  copies(caption, captionText);
  createWalk(part("walk"));
  createNearest(element);

  explore.follow((reason) => {
    pane.toggleAttribute("data-empty", !explore.state());
    if (!explore.state()) return;
    if (reason === "swayed") return;
    if (reason === "scene") {
      offer(explore.scene());
      signed();
    }
    settle();
  });
  shelf.follow(showPins);
  studio.follow(speak);
};
