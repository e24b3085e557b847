// Pictures from outside for "Your picture": a file, a photo, a drop or a paste, cropped in the browser, or one of the run's set.
// `took(bitmap)` is called with a picture of the run's aspect at every change of its crop, or with one of the set.
import { engine } from "../page/engine.js";
import { heightWidth, longer, setSides } from "../page/sizes.js";
import { studio } from "../page/studio.js";
import { createCropping } from "../train/cropping.js";

export const createSources = (panel, { moment, took, failed }) => {
  const MOST_BYTES = 50e6;
  const NUM = 12; // pictures of the set to choose from
  const SMALL = 56; // px of their longer side at most
  const part = (name) => panel.querySelector(`.yours-${name}`);
  const [file, camera, reals, crop] = ["file", "camera", "reals", "crop"].map(part);
  let source = null; // { bitmap, url }, whole and upright
  let turn = 0;
  let draws = 0;

  const cropping = createCropping(crop, { moved: (_, box) => cut(box), view: async () => source.url });

  async function cut([left, top, width]) {
    const mine = ++turn;
    const [high, wide] = heightWidth(engine.run().size);
    const height = Math.max(1, Math.round((width * high) / wide));
    const bitmap = await createImageBitmap(source.bitmap, left, top, width, height, {
      resizeWidth: wide, resizeHeight: high, resizeQuality: "high",
    });
    if (mine === turn) took(bitmap, "photo");
  }

  // The largest crop in the middle, as uploads for a training are cropped.
  async function open(blob) {
    if (!blob) return;
    if (blob.size > MOST_BYTES) return failed("yours_too_large");
    let bitmap;
    try {
      bitmap = await createImageBitmap(blob, { imageOrientation: "from-image" });
    } catch {
      return failed("yours_no_picture");
    }
    failed(null);
    if (source) URL.revokeObjectURL(source.url);
    source = { bitmap, url: URL.createObjectURL(blob) };
    const [high, wide] = heightWidth(engine.run().size);
    const { width, height } = bitmap;
    const across = Math.max(1, Math.min(width, Math.round((height * wide) / high)));
    const down = Math.max(1, Math.min(height, Math.round((across * high) / wide)));
    const box = [Math.floor((width - across) / 2), Math.floor((height - down) / 2), across];
    cropping.open({ n: ++draws, name: blob.name ?? studio.word("yours"), width, height, crop: box }, engine.run().size);
    reals.hidden = true;
    await cut(box);
  }

  function close() {
    turn += 1;
    reals.hidden = true;
    cropping.close();
  }

  // ------------------------------------------------------------------------------------------------- the set

  async function offer() {
    const { run, images } = moment();
    try {
      const answer = await engine.ask({ what: "judge", run, images, num: NUM, shown: NUM, seed: Math.floor(Math.random() * 1e6) });
      if (answer.kinds.length < 2) return failed("yours_no_set");
      failed(null);
      setSides(reals, answer.size, Math.max(0.5, Math.floor(SMALL / longer(answer.size))));
      reals.replaceChildren(...engine.decoded({ ...answer, ...answer.kinds[0] }).map((picture, i) => {
        const button = Object.assign(document.createElement("button"), { type: "button", ariaLabel: studio.word("yours_real_number", { number: i + 1 }) });
        button.append(engine.picture(null, picture));
        button.onclick = async () => { cropping.close(); took(await createImageBitmap(picture), "set"); };
        return button;
      }));
      cropping.close();
      reals.hidden = false;
    } catch (error) {
      failed("yours_set_failed", { reason: error.message });
    }
  }

  // ------------------------------------------------------------------------------------------------- how they come in

  for (const input of [file, camera]) {
    input.onchange = () => {
      const [chosen] = input.files;
      open(chosen);
      input.value = "";
    };
  }
  part("choose").onclick = () => file.click();
  part("photo").onclick = () => camera.click();
  part("photo").hidden = !matchMedia("(pointer: coarse)").matches;
  part("real").onclick = offer;
  const holds = (event) => event.dataTransfer?.types.includes("Files");
  for (const name of ["dragenter", "dragover"]) {
    panel.addEventListener(name, (event) => {
      if (!holds(event)) return;
      event.preventDefault(); // or the browser would navigate to the file
      panel.dataset.over = "";
    });
  }
  panel.addEventListener("dragleave", ({ relatedTarget }) => { if (!panel.contains(relatedTarget)) delete panel.dataset.over; });
  panel.addEventListener("drop", (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    delete panel.dataset.over;
    panel.open = true;
    open(event.dataTransfer.files[0]);
  });
  document.addEventListener("paste", (event) => {
    if (!panel.open || !panel.checkVisibility() || !event.clipboardData?.files.length) return;
    event.preventDefault();
    open(event.clipboardData.files[0]);
  });

  return { close, speak: cropping.speak, open };
};
