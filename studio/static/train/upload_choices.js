// How an upload is trained on: whether its classes are told apart, its transparency is drawn, its pictures are mirrored.
import { studio } from "../page/studio.js";
import { view } from "../page/view.js";
import { formState } from "./form_state.js";

export const createChoices = (element) => {
  const { word } = studio;
  const CLASSES = 12; // that are named
  const part = (name) => element.querySelector(`.upload-${name}`);
  const [mirroring, labelling, blending] = ["flip", "labels", "alpha"].map((name) => element.querySelector(`[name="train-${name}"]`));
  mirroring.onchange = () => formState.take({ flip: mirroring.checked });
  labelling.onchange = () => formState.take({ labels: labelling.checked });
  blending.onchange = () => formState.take({ alpha: blending.checked });

  // An example of what mirroring does: the first picture whose square has arrived, as it is and mirrored.
  function showMirrored(seen, source) {
    const example = seen.pictures.map(source).find(Boolean);
    const [before, after] = part("flip").querySelectorAll("img");
    [before, after].forEach((image) => {
      image.hidden = !example;
      image.classList.toggle("pixelated", seen.pixelated);
      image.classList.toggle("transparent", seen.transparent);
      if (example && image.src !== example) image.src = example;
    });
    before.alt = word("upload_flip_before");
    after.alt = word("upload_flip_after");
    mirroring.checked = formState.get().flip;
  }

  // The classes that were found, and the transparency: whether the training uses them.
  function showFound(seen) {
    const { usable, classes, unlabelled, transparent } = seen.report;
    const { conditional, recipe } = view.get().frame ?? {};
    const says = unlabelled ? "upload_labels_partial" : !conditional ? "upload_labels_not"
      : recipe ? "upload_labels_say" : "upload_labels_parent";
    const named = classes.slice(0, CLASSES).map(([name, num]) => word("upload_class_count", { name, num }));
    const more = classes.length > CLASSES ? [word("upload_class_more", { num: classes.length - CLASSES })] : [];
    part("classes").hidden = !classes.length;
    labelling.disabled = Boolean(unlabelled) || !conditional;
    labelling.checked = formState.get().labels && !labelling.disabled;
    part("classes").querySelector("p").textContent = word(says, { num: unlabelled, classes: [...named, ...more].join(studio.language() === "zh" ? "、" : ", ") });
    part("alpha").hidden = !transparent || !recipe;
    blending.checked = formState.get().alpha;
    part("alpha").querySelector("p").textContent = word("upload_alpha_says", { num: transparent, usable });
  }

  // Shows what the server has `seen`; `source(picture)` is a square's URL, undefined while it loads.
  function show(seen, source) {
    showMirrored(seen, source);
    showFound(seen);
  }

  return { show };
};
