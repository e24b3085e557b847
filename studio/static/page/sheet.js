// A sheet of pictures: one lossless image at an integer scale, with labels at its edges and a caption.
import { present } from "./present.js";
import { heightWidth, longer } from "./sizes.js";
import { studio } from "./studio.js";

export const captionOf = ({ moments, facts }) => {
  const ends = [moments[0], moments[moments.length - 1]].map(studio.moment);
  const moment = moments.length > 1 ? studio.word("span", { first: ends[0], last: ends[1] }) : ends[0];
  const label = facts.label === null ? "" : studio.word("caption_label", facts);
  return studio.word("caption", { ...facts, run: facts.title, moment }) + label;
};

// The scale of a sheet: as large as fits into view, and never wider than its container. An integer number of device pixels,
// also on an enlarged page.
export const scaleOf = ({ size: [width, height], cell }, room) => {
  const zoom = present.zoom();
  const whole = Math.floor((room * zoom) / width);
  if (whole < 1) return room / width;
  const comfortable = Math.max(1, Math.round((96 * zoom) / longer(cell)));
  const inSight = Math.min(Math.floor((innerHeight * 0.7) / height), Math.floor((256 * zoom) / longer(cell)));
  return Math.min(whole, Math.max(comfortable, inSight)) / zoom;
};

// Makes `button` copy `text()` and confirm it.
export const copies = (button, text) => {
  let copied = 0;
  button.onclick = async () => {
    await studio.copy(text());
    button.dataset.copied = studio.word("copied");
    clearTimeout(copied);
    copied = setTimeout(() => delete button.dataset.copied, 1600);
  };
};

// Shows a confirmation in `place` for a while.
export const confirmation = (place) => {
  let timer = 0;
  return (key) => {
    place.textContent = studio.word(key);
    clearTimeout(timer);
    timer = setTimeout(() => { place.textContent = ""; }, 2400);
  };
};

export const frame = (figure) => {
  const part = (name) => figure.querySelector(`.${name}`);
  const [image, rows, heads, caption, save] = ["picture", "rows", "heads", "caption", "save"].map(part);
  let shown = null;

  function fit() {
    if (!shown || !figure.clientWidth) return;
    const scale = scaleOf(shown, figure.clientWidth - rows.offsetWidth);
    const [width, height] = shown.size.map((pixels) => pixels * scale);
    image.style.width = `${width}px`;
    image.style.height = `${height}px`;
    const [down, across] = heightWidth(shown.cell);
    figure.style.setProperty("--pitch", `${(across + 2) * scale}px`);
    figure.style.setProperty("--row-pitch", `${(down + 2) * scale}px`);
    figure.style.setProperty("--gutter", `${2 * scale}px`);
  }

  function edge(place, texts) {
    place.replaceChildren(...texts.map((text) => Object.assign(document.createElement("span"), { textContent: text })));
    place.hidden = !texts.length;
  }

  function speak() {
    if (!shown) return;
    const text = captionOf(shown);
    image.alt = studio.word(shown.alt, { num: shown.num, caption: text });
    caption.textContent = text;
    caption.title = studio.word("copy");
    save.textContent = studio.word("save");
    edge(heads, shown.moments.length > 1 ? shown.moments.map(({ images, epoch }) => (images ? epoch : "0")) : []);
    heads.dataset.head = studio.word("heads");
  }

  copies(caption, () => captionOf(shown));
  studio.follow(speak);
  new ResizeObserver(fit).observe(figure);

  return (sheet, url) => {
    shown = sheet;
    image.src = save.href = url;
    image.classList.toggle("pixelated", sheet.pixelated);
    image.classList.toggle("transparent", sheet.transparent);
    save.download = sheet.file;
    edge(rows, sheet.rows);
    speak();
    fit();
  };
};

// A notice in place of a picture, or beside one: why there is none, or what is damaged.
export const notice = (place) => {
  let shown = null;
  const speak = () => {
    place.hidden = !shown;
    if (!shown) return;
    const [say, reason, detail] = ["say", "reason", "detail"].map((name) => place.querySelector(`.${name}`));
    say.textContent = studio.word(shown.say, shown);
    reason.textContent = shown.reason ? studio.word(shown.reason) : "";
    detail.textContent = shown.detail ?? "";
    detail.hidden = !shown.detail;
  };
  studio.follow(speak);
  return (notice) => { shown = notice ?? null; speak(); };
};

// Calls `shown(value)` after each sheet.
export const sheet = (element, props, watch, shown = () => {}) => {
  const figure = element.querySelector("figure");
  const show = frame(figure);
  const showNotice = notice(element.querySelector(".notice"));
  let url = null;
  const render = () => {
    const value = props.value ?? {};
    showNotice(value.notice);
    figure.hidden = !value.png;
    if (!value.png) return;
    const old = url;
    url = studio.png(value.png);
    show(value, url);
    shown(value);
    if (old) setTimeout(() => URL.revokeObjectURL(old), 10000);
  };
  watch("value", render);
  render();
};
