// What to train: from which run and snapshot or by which recipe, and on which pictures.
import { engine } from "../page/engine.js";
import { studio } from "../page/studio.js";
import { view } from "../page/view.js";
import { training } from "./training.js";
import { format } from "./format.js";
import { sheets } from "./sheets.js";
import { formState } from "./form_state.js";

export const form = (element) => {
  const { word } = studio;
  const SCRATCH = ""; // the value of "from scratch" among the runs
  const RGBA = 4; // channels of pictures with transparency
  const SHOWN = 24; // pictures of a strip, at most
  const field = (name) => element.querySelector(`[name="train-${name}"]`);
  const [draws, sees] = ["draws", "sees"].map((name) => element.querySelector(`.train-${name}`).parentElement);
  const classes = element.querySelector(".train-classes");
  const kinds = [...element.querySelectorAll('[name="train-kind"]')];
  let options = null;

  const runOf = () => options?.runs.find(({ run }) => run === formState.get().run);
  const setOf = () => options?.datasets.find(({ name }) => name === formState.get().set);
  const option = ([text, value]) => new Option(text, value);

  // The recipe that train.py would choose for the pictures, undefined before there are any. It is taken, until another is chosen.
  const suited = () => (formState.get().kind === "upload" ? view.get().upload?.suited : setOf()?.recipe);
  let given = null;

  // The initial request: the selected run, if a training can start from it.
  function begin() {
    const { runs, datasets } = options;
    const chosen = runs.find(({ run }) => run === engine.run()?.run) ?? runs[0];
    formState.take({ run: chosen?.run ?? null, set: datasets[0]?.name ?? null, ...options.defaults });
  }

  function fill() {
    const { run, images, recipe, set } = formState.get();
    field("run").replaceChildren(
      ...options.runs.map((one) => option([one.title, one.run])), option([word("train_scratch"), SCRATCH]),
    );
    field("run").value = run ?? SCRATCH;
    const moments = runOf()?.moments ?? [];
    field("images").replaceChildren(...moments.map((moment) => option([studio.moment(moment), moment.images])).reverse());
    field("images").value = images ?? moments.at(-1)?.images ?? "";
    const label = (name) => (name === suited() ? word("train_suited", { name }) : name);
    field("recipe").replaceChildren(...options.recipes.map(({ name }) => option([label(name), name])));
    field("recipe").value = recipe;
    [field("images"), field("recipe")].forEach((menu, i) => { menu.parentElement.hidden = (run === null) === (i === 0); });
    field("set").replaceChildren(...options.datasets.map(({ name }) => option([name, name])));
    field("set").value = set;
  }

  function box(name) {
    const label = document.createElement("label");
    const input = Object.assign(document.createElement("input"), { type: "checkbox", value: name });
    input.checked = formState.get().classes.includes(name);
    input.onchange = () => formState.take({ classes: [...classes.querySelectorAll(":checked")].map(({ value }) => value) });
    label.append(input, Object.assign(document.createElement("span"), { textContent: name }));
    return label;
  }

  function fillClasses() {
    const boxes = [...classes.querySelectorAll("input")];
    const names = setOf()?.classes ?? [];
    if (boxes.map(({ value }) => value).join() !== names.join()) {
      classes.replaceChildren(classes.firstElementChild, ...names.map(box));
    } else {
      boxes.forEach((one) => { one.checked = formState.get().classes.includes(one.value); });
    }
    classes.hidden = !names.length;
  }

  function strip(figure, pictures, says) {
    const [canvas, caption] = figure.children;
    canvas.hidden = !pictures.length;
    caption.textContent = says;
    canvas.ariaLabel = says;
    if (!pictures.length || !figure.clientWidth) return;
    sheets.draw(canvas, pictures, { ...sheets.lay(figure.clientWidth, pictures[0].size, 1), rows: 1 });
  }

  // Pictures of the chosen snapshot; none for an untrained network.
  let drawn = "";
  const preview = engine.newest(async () => {
    const { run, images, recipe } = formState.get();
    const key = JSON.stringify([run, images, run ?? recipe, studio.language()]);
    if (key === drawn || !draws.clientWidth) return;
    drawn = key;
    if (run === null) return strip(draws, [], options.recipes.find(({ name }) => name === recipe).summary);
    try {
      const latents = await engine.latents({ run, seed: 0, num: SHOWN });
      const pictures = await engine.draw({ run, images: images ?? runOf().moments.at(-1).images, latents });
      strip(draws, sheets.pictures(pictures), word("train_draws"));
    } catch ({ message }) {
      strip(draws, [], message);
    }
  });

  // Some of the training pictures.
  let seen = "";
  const sample = engine.newest(async () => {
    const { kind, set, classes: chosen } = formState.get();
    const { size, channels } = runOf() ?? setOf() ?? {};
    const key = JSON.stringify([set, chosen, size, channels, studio.language()]);
    if (key === seen || kind !== "built-in" || !set || !sees.clientWidth) return;
    seen = key;
    try {
      const answer = await training.ask("sample", { set, classes: chosen, size, channels });
      strip(sees, sheets.pictures(engine.decoded(answer)), word("train_sees", { num: format.number(answer.of) }));
    } catch ({ message }) {
      strip(sees, [], message);
    }
  });

  // The network that uploads are cropped for. Without a run the uploads determine the channels, and for most recipes the size.
  function frame() {
    const { recipe } = formState.get();
    const run = runOf();
    const { size, channels = null, conditional } = run ?? options.recipes.find(({ name }) => name === recipe);
    const now = { size, channels: formState.alpha() ? RGBA : channels, conditional, recipe: run ? null : recipe };
    if (JSON.stringify(view.get().frame) !== JSON.stringify(now)) view.set({ frame: now });
  }

  function show() {
    if (!options) return;
    const { kind, recipe } = formState.get();
    const usual = suited() ?? given ?? options.recipes[0].name;
    if (recipe === given && usual !== given) {
      given = usual;
      return formState.take({ recipe: usual });
    }
    fill();
    fillClasses();
    kinds.forEach((radio) => { radio.checked = radio.value === kind; });
    element.querySelector(".train-set").hidden = kind !== "built-in";
    document.body.dataset.trainOn = kind;
    frame();
    preview();
    sample();
  }

  const redraw = () => { [drawn, seen] = ["", ""]; show(); };
  field("run").onchange = ({ target }) => formState.take({ run: target.value === SCRATCH ? null : target.value, images: null });
  field("images").onchange = ({ target }) => formState.take({ images: Number(target.value) });
  field("recipe").onchange = ({ target }) => formState.take({ recipe: target.value });
  field("set").onchange = ({ target }) => formState.take({ set: target.value, classes: [] });
  kinds.forEach((radio) => { radio.onchange = () => formState.take({ kind: radio.value }); });
  training.follow((state) => {
    const closed = element.querySelector(".train-closed");
    closed.hidden = !state.fault;
    closed.firstElementChild.textContent = state.fault ?? "";
    if (!state.options || state.options === options) return;
    options = state.options;
    begin();
  });
  formState.follow(show);
  view.follow((_, changed) => { if (changed.has("upload")) show(); });
  studio.follow(() => {
    studio.speak(element);
    redraw();
  });
  new ResizeObserver(redraw).observe(element.querySelector(".train-form"));
};
