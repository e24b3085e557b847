// An example of a finished training: pictures before, half-way and at the end, its duration and hardware, and a repeat button.
import { engine } from "../page/engine.js";
import { studio } from "../page/studio.js";
import { training } from "./training.js";
import { format } from "./format.js";
import { sheets } from "./sheets.js";

export const example = (element) => {
  const { word } = studio;
  const [room, title, facts, refused] = [".train-example", ".train-title", ".train-facts", ".notice"].map((name) => element.querySelector(name));
  const [again] = element.querySelectorAll(".deed");
  const show = sheets.panels(element.querySelector(".train-panels"));
  const PICTURES = 24;
  let example = null; // as train_example, with `panels`: the pictures at its moments

  // The same latents, drawn by the parent and at the training's own moments.
  async function draw({ run, parent, moments }) {
    const latents = await engine.latents({ run: parent.run, seed: 0, num: PICTURES });
    const scenes = [parent, ...moments.map(({ images }) => ({ run, images }))];
    return Promise.all(scenes.map(async (scene) => sheets.pictures(await engine.draw({ ...scene, latents }))));
  }

  function speak() {
    studio.speak(element);
    room.hidden = !example?.run;
    if (room.hidden) return;
    const { parent, moments, classes, dataset, images, pictures, seconds, hardware } = example;
    const what = classes.join(", ");
    title.textContent = word(what ? "train_example_only" : "train_example", { run: parent.run, what: what || dataset });
    const says = [word("train_example_parent"), ...moments.map((moment) => word("train_after", { images: format.number(moment.images) }))];
    const names = [word("train_parent", { run: parent.run }), word("train_half"), word("train_end")];
    show(names.map((name, i) => ({ name, says: says[i], pictures: example.panels[i] })));
    facts.textContent = word(what ? "train_example_classes" : "train_example_set", {
      dataset, what, pictures: format.number(pictures), images: format.number(images), time: format.duration(seconds), hardware,
    });
  }

  async function load() {
    try {
      const found = await training.ask("example");
      example = found.run ? { ...found, panels: await draw(found) } : found;
      speak();
    } catch { /* the form works without it */ }
  }

  again.onclick = async () => {
    again.disabled = true;
    refused.hidden = true;
    try {
      await training.begin(example.request);
    } catch ({ message }) {
      refused.hidden = false;
      refused.firstElementChild.textContent = message;
    } finally {
      again.disabled = false;
    }
  };
  let asked = null; // the options of the last request: one request for each, even if it fails
  training.follow(({ options }) => {
    if (!options || asked === options) return;
    asked = options;
    load();
  });
  studio.follow(speak);
};
