// The chapter on objectives and networks: a recipe's terms beside their code, its training step, its layers.
import { engine } from "../page/engine.js";
import { link } from "../page/link.js";
import { heightWidth } from "../page/sizes.js";
import { studio } from "../page/studio.js";
import { visibility } from "./visibility.js";
import { createLayers } from "./layers.js";
import { createHighlighting } from "./highlighting.js";
import { createTrainingStep } from "./training_step.js";
import { createObjective } from "./objective.js";

export const lesson = (element) => {
  const RECIPES = {
    digits: "lesson_recipe_digits", pictures: "lesson_recipe_pictures", faces: "lesson_recipe_faces", resnet: "lesson_recipe_resnet",
    style: "lesson_recipe_style",
    dcgan: "lesson_recipe_dcgan", "wgan-gp": "lesson_recipe_wgan_gp", sngan: "lesson_recipe_sngan",
    mlp: "lesson_recipe_mlp", "mlp-lsgan": "lesson_recipe_mlp_lsgan", "infogan-dc": "lesson_recipe_infogan_dc",
    "deep-mlp": "lesson_recipe_deep_mlp", "dcgan-upsample": "lesson_recipe_dcgan_upsample",
    "dcgan-linear": "lesson_recipe_dcgan_linear", "dcgan-96": "lesson_recipe_dcgan_96",
  };
  const ADOPTED = { // of runs whose weights other programs saved; they can't be chosen
    "pytorch-dcgan": "lesson_recipe_pytorch_dcgan", "pytorch-gan-gan": "lesson_recipe_pytorch_gan_gan",
    "pytorch-gan-wgan-gp": "lesson_recipe_pytorch_gan_wgan_gp", "pytorch-gan-cgan": "lesson_recipe_pytorch_gan_cgan",
    "pytorch-gan-dcgan": "lesson_recipe_pytorch_gan_dcgan", "bubbliiiing-dcgan": "lesson_recipe_bubbliiiing_dcgan",
    "cs231n-gan": "lesson_recipe_cs231n_gan", "cs231n-lsgan": "lesson_recipe_cs231n_lsgan",
    "cs231n-dcgan": "lesson_recipe_cs231n_dcgan",
  };
  const find = (name) => element.querySelector(name);
  const [section, choice, summary, sizes, body] = [".chapter", ".recipe", ".summary", ".sizes", ".told"].map(find);
  const highlighting = createHighlighting(body);
  const objective = createObjective(find(".objective"));
  const trainingStep = createTrainingStep(find(".moves"), find(".step-notes"));
  const layers = createLayers(find(".anatomies"));
  let chosen = null; // the recipe that a visitor has chosen; null: the run's
  let lesson = null; // the server's answer, and the run it is about
  let near = false;

  const show = engine.newest(async () => {
    const run = engine.run()?.run;
    if (!near || !(chosen || run)) return;
    try {
      const about = chosen ? { recipe: chosen } : { run };
      lesson = { ...(await engine.ask({ what: "lesson", ...about })), run: about.run };
      draw();
    } catch (error) {
      sizes.textContent = error.message;
      body.hidden = true;
    }
  });

  // The terms with the numbers that highlight them, and their visible names: D1, D2, ..., G1.
  function named(terms) {
    const count = { discriminator: 0, generator: 0 };
    return terms.map((term, number) => {
      const index = count[term.player]++;
      return { ...term, number, index, name: `${term.player[0].toUpperCase()}${index + 1}` };
    });
  }

  function offer() {
    const run = engine.run()?.run;
    const names = lesson?.recipes ?? (chosen ? [chosen] : []);
    const options = names.map((name) => new Option(name, name));
    if (run) options.unshift(new Option(studio.word("lesson_of_run", { run }), ""));
    choice.replaceChildren(...options);
    choice.value = chosen ?? "";
  }

  function draw() {
    offer();
    if (!lesson) return;
    const { recipe, run, changed, sizes: { image_size: size, channels, num_classes: classes } } = lesson;
    const words = { ...RECIPES, ...ADOPTED };
    const about = Object.hasOwn(words, recipe) ? studio.word(words[recipe]) + changed : lesson.summary;
    const name = Object.assign(document.createElement("strong"), { textContent: recipe });
    summary.replaceChildren(name, studio.word("lesson_about", { about }));
    const [height, width] = heightWidth(size);
    const colours = studio.word({ 1: "lesson_grey", 4: "lesson_transparent" }[channels] ?? "lesson_colour");
    const labels = classes ? studio.word("lesson_classes", { classes }) : studio.word("lesson_no_classes");
    sizes.textContent = studio.word(run ? "lesson_sizes_run" : "lesson_sizes", { run, width, height, colours, labels });
    const terms = named(lesson.terms);
    body.hidden = false;
    highlighting.clear();
    objective.draw(terms, lesson.logits);
    trainingStep.draw(terms, lesson.step);
    layers.draw(lesson.networks);
  }

  choice.onchange = () => {
    chosen = choice.value || null;
    link.touch();
    show();
  };
  link.add("lesson", {
    read: () => (chosen ? { recipe: chosen } : undefined),
    open: ({ recipe }) => {
      if (!Object.hasOwn(RECIPES, recipe)) return;
      chosen = recipe;
      offer();
      show();
    },
  });
  engine.follow(() => (chosen ? offer() : show()));
  studio.follow(() => {
    studio.speak(element);
    draw();
  });
  visibility.near(section, () => {
    near = true;
    show();
  });
};
