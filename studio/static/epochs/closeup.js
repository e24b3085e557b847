// One latent, large, at every snapshot of a run.
import { engine } from "../page/engine.js";
import { shelf } from "../page/shelf.js";
import { heightWidth, longer, setSides } from "../page/sizes.js";
import { studio } from "../page/studio.js";
import { layout } from "./picture_grid.js";

export const createCloseup = (section, { picked, closed }) => {
  const SIDE = 128;
  const part = (name) => section.querySelector(`.${name}`);
  const [title, row, pin, close] = ["closeup-title", "closeup-row", "closeup-pin", "closeup-close"].map(part);
  let shown = null; // { facts, latent, truncation, name }
  let focus = null; // the element that had the focus before
  let marked = null;

  function frame({ images, epoch }) {
    const [height, width] = heightWidth(shown.facts.size);
    const figure = document.createElement("div");
    figure.className = "moment-frame";
    figure.append(engine.picture(null, new ImageData(width, height)), document.createElement("span"));
    figure.lastChild.textContent = images ? epoch : "0";
    figure.dataset.images = images;
    figure.onclick = () => picked(images);
    figure.firstChild.setAttribute("role", "img");
    return figure;
  }

  function speak() {
    if (!shown) return;
    title.textContent = studio.word("closeup", { latent: shown.name(), run: shown.facts.run });
    studio.speak(section);
    [...row.children].forEach((figure, i) => {
      figure.firstChild.ariaLabel = studio.word("latent_at", { latent: shown.name(), moment: studio.moment(shown.facts.moments[i]) });
    });
  }

  function mark(images) {
    marked = images;
    [...row.children].forEach((figure) => figure.toggleAttribute("data-current", Number(figure.dataset.images) === images));
  }

  function fit() {
    if (!shown) return;
    const { size } = shown.facts;
    setSides(row, layout.within(size, Math.max(SIDE, longer(size))));
  }

  // Shows a latent of a run; `name()` says which it is.
  async function open(request) {
    if (!shown) focus = document.activeElement;
    shown = request;
    const { facts, latent, truncation } = request;
    fit();
    row.replaceChildren(...facts.moments.map(frame));
    pin.hidden = facts.lineage !== engine.run()?.lineage;
    section.hidden = false;
    speak();
    mark(marked);
    section.scrollIntoView({ block: "nearest" });
    section.focus({ preventScroll: true });
    try {
      const images = facts.moments.map((moment) => moment.images);
      const pictures = await engine.served({ run: facts.run, images, latents: [latent], truncation });
      if (shown !== request) return;
      pictures.forEach((picture, i) => engine.picture(row.children[i].firstChild, picture, facts));
    } catch (error) {
      if (shown === request) row.textContent = studio.word("film_not_drawn", { reason: error.message });
    }
  }

  function end() {
    if (!shown) return;
    shown = null;
    section.hidden = true;
    if (focus?.isConnected) focus.focus();
    closed();
  }

  pin.onclick = () => shelf.add(shown.latent);
  close.onclick = end;
  return { open, end, mark, speak, fit, shown: () => shown };
};
