// The line under pictures: their caption, which a click copies, and a button that saves them with their settings inside.
import { engine } from "../page/engine.js";
import { studio } from "../page/studio.js";

export const createCaption = (place) => {
  const [caption, save] = ["caption", "save"].map((name) => place.querySelector(`.${name}`));
  let question = null; // as `engine.draw` takes it, with the `columns` of a grid
  let copied = 0;

  caption.onclick = async () => {
    await studio.copy(caption.textContent);
    caption.dataset.copied = studio.word("copied");
    clearTimeout(copied);
    copied = setTimeout(() => delete caption.dataset.copied, 1600);
  };

  save.onclick = async () => {
    save.disabled = true;
    try {
      const origins = question.latents.map(({ from }) => from);
      const fields = { ...engine.latentFields(question), columns: question.columns, from: origins };
      const { png, file } = await engine.ask({ what: "png", ...fields });
      const link = Object.assign(document.createElement("a"), { href: studio.png(png), download: file });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    } catch (error) {
      studio.tell("film_not_saved", { reason: error.message });
    } finally {
      save.disabled = false;
    }
  };

  return (text, asked) => {
    question = asked;
    caption.textContent = text;
    caption.title = studio.word("copy");
    save.textContent = studio.word("save");
    save.setAttribute("aria-label", `${studio.word("save")}: ${text}`);
  };
};
