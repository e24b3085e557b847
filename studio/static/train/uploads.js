// A visitor's upload: receives files, shows their squares, and reports on them. The squares are those of the network in
// `studio.view`'s `frame`. Sets `upload` there: { id, usable }, with `usable` 0 while it can't be trained on, or null.
import { engine } from "../page/engine.js";
import { heightWidth } from "../page/sizes.js";
import { studio } from "../page/studio.js";
import { view } from "../page/view.js";
import { createCropping } from "./cropping.js";
import { createChoices } from "./upload_choices.js";
import { uploadReport } from "./upload_report.js";
import { sending } from "./sending.js";
import { createSquares } from "./squares.js";
import { visibility } from "../learn/visibility.js";

export const uploads = (element) => {
  const { word } = studio;
  const { ask, send, filesOf, Refusal } = sending;
  const AT_ONCE = 48; // squares per request
  const PLAIN = { size: 64, channels: null }; // until the form says which network
  const part = (name) => element.querySelector(`.upload-${name}`);
  const sources = new Map(); // by number: { key, url } of the square that has arrived
  let limits = null;
  let upload = null; // its id
  let seen = null; // the last answer: { pictures, report, size, channels, pixelated, transparent }, and by what it was `asked`
  let going = null; // { done, num, share } of the files being sent, `cancelled` once the visitor cancels
  let refusal = null; // the refusal: { say, ... }, or a sentence

  // What the squares are asked for by; a size of null is left to the server.
  const frame = () => {
    const { size = null, channels = null, recipe = null } = view.get().frame ?? PLAIN;
    return { size, channels, recipe };
  };
  const key = ({ crop }, { size, channels, drawn }) => `${size} ${channels} ${drawn} ${crop}`;
  const source = (picture) => {
    const known = sources.get(picture.n);
    return known?.key === key(picture, seen) ? known.url : undefined;
  };
  const fresh = () => seen?.asked === JSON.stringify(frame());
  const lacking = () => (fresh() ? seen.pictures.filter((picture) => !source(picture)).map(({ n }) => n) : []);

  const cropping = createCropping(part("bench"), {
    moved: (n, crop) => move({ n, crop }),
    view: async (n) => `data:image/webp;base64,${(await ask("view", { upload, n })).picture}`,
  });
  const choices = createChoices(element);
  const squares = createSquares(part("squares"), { chosen: choose, out: (n) => remove([n]) });

  // ------------------------------------------------------------------------------------------------- the server's answers

  // Runs `work`; shows refusals, and forgets an upload that the server has deleted.
  async function trying(work) {
    try {
      await work();
    } catch (error) {
      refusal = error instanceof Refusal ? error.sentence : error.message;
      if (refusal.say === "upload_gone") forget();
    }
    show();
  }

  function forget() {
    [upload, seen] = [null, null];
    sources.clear();
    choose(null);
  }

  async function look() {
    if (!upload) return;
    const asked = frame();
    const answer = await ask("look", { upload, ...asked, thumbs: lacking().slice(0, AT_ONCE) });
    seen = { ...answer, asked: JSON.stringify(asked) };
    answer.pictures.forEach((picture) => {
      if (picture.thumb) sources.set(picture.n, { key: key(picture, answer), url: `data:image/webp;base64,${picture.thumb}` });
    });
    show();
  }

  // Polls until all files are checked.
  const refresh = engine.newest(() => trying(async () => {
    do await look(); while (upload && (seen.report.waiting || !fresh() || lacking().length));
  }));

  const move = engine.newest(({ n, crop: [left, top, side] }) => trying(async () => {
    await ask("crop", { upload, n, left, top, side, size: seen.size });
    const picture = seen.pictures.find((one) => one.n === n);
    if (!picture) return;
    picture.crop = [left, top, side];
    await look();
  }));

  const remove = (numbers) => trying(async () => {
    if (numbers.includes(cropping.number())) choose(null);
    seen.pictures = seen.pictures.filter(({ n }) => !numbers.includes(n));
    show();
    await ask("remove", { upload, n: numbers });
    await refresh();
  });

  const find = () => trying(async () => {
    const found = await ask("find");
    ({ limits } = found);
    upload = upload ?? found.upload;
    await refresh();
  });

  // ------------------------------------------------------------------------------------------------- files come in

  function tooMuch(files) {
    const num = files.length + (seen ? seen.report.usable + seen.report.waiting + seen.report.broken.length : 0);
    if (num > limits.pictures) return { say: "upload_too_many", num, most: limits.pictures };
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    return bytes > limits.bytes ? { say: "upload_full", most: Math.floor(limits.bytes / 1e6) } : null;
  }

  async function take(files) {
    if (!files.length || going || !limits) return;
    refusal = tooMuch(files);
    if (refusal) return show();
    const way = { done: 0, num: files.length, share: 0, cancelled: false };
    going = way;
    await trying(async () => {
      ({ upload } = await ask("begin"));
      await send(upload, files, (done, share) => {
        Object.assign(way, { done, share });
        if (done % 8 === 7) refresh();
        showWay();
        return !way.cancelled;
      });
    });
    going = null;
    await refresh();
  }

  const zone = part("zone");
  part("choose").onclick = () => part("files").click();
  part("files").onchange = ({ target }) => {
    const files = [...target.files];
    target.value = "";
    take(files);
  };
  part("cancel").onclick = () => { if (going) going.cancelled = true; };
  const over = (event) => event.dataTransfer?.types.includes("Files");
  ["dragenter", "dragover"].forEach((name) => element.addEventListener(name, (event) => {
    if (!over(event)) return;
    event.preventDefault(); // or the browser would navigate to the file
    zone.dataset.over = "";
  }));
  element.addEventListener("dragleave", ({ relatedTarget }) => { if (!element.contains(relatedTarget)) delete zone.dataset.over; });
  element.addEventListener("drop", async (event) => {
    if (!over(event)) return;
    event.preventDefault();
    delete zone.dataset.over;
    take(await filesOf(event.dataTransfer));
  });
  document.addEventListener("paste", async (event) => {
    if (!zone.checkVisibility() || !event.clipboardData?.files.length) return;
    event.preventDefault();
    take(await filesOf(event.clipboardData));
  });

  // ------------------------------------------------------------------------------------------------- what is shown

  function choose(n, byKey = false) {
    const picture = seen?.pictures.find((one) => one.n === n);
    if (!picture) cropping.close();
    squares.choose(picture ? n : null);
    if (!picture) return;
    cropping.open(picture, seen.size);
    show();
    part("bench").scrollIntoView({ block: "nearest" });
    if (byKey) cropping.frame.focus({ preventScroll: true });
  }

  function done() {
    const n = cropping.number();
    choose(null);
    squares.focus(n);
  }

  function showWay() {
    const waiting = seen?.report.waiting ?? 0;
    part("way").hidden = !going && !waiting;
    part("bar").hidden = part("cancel").hidden = !going;
    if (going) part("bar").firstElementChild.style.width = `${100 * going.share}%`;
    part("going").textContent = going ? word("upload_sending", going) : word("upload_looking", { num: waiting });
  }

  function showSquares() {
    const some = Boolean(seen?.pictures.length);
    part("table").hidden = !some;
    const { size, pixelated, transparent } = { size: PLAIN.size, pixelated: false, transparent: false, ...seen };
    squares.show(seen?.pictures ?? [], { size, pixelated, transparent, source });
    if (!some) return;
    choices.show(seen, source);
    const [height, width] = heightWidth(seen.size);
    part("do").textContent = word("upload_squares_do", { width, height });
    const picture = seen.pictures.find(({ n }) => n === cropping.number());
    if (!picture) return;
    cropping.show(source(picture), seen);
    const { duplicate_of: exact, near_of: near } = picture;
    const other = squares.place(exact ?? near);
    element.querySelector(".crop-double").textContent = exact !== null ? word("upload_is_exact", { other })
      : near !== null ? word("upload_is_near", { other }) : "";
  }

  function publishUpload() {
    const ready = seen && !going && !seen.report.waiting && seen.report.enough !== "too_few";
    const { usable, classes, unlabelled, transparent } = seen?.report ?? {};
    const current = upload && seen?.pictures.length
      ? {
        id: upload, usable: ready ? usable : 0, size: seen.size, classes: unlabelled ? 0 : classes.length, transparent,
        suited: seen.suited,
      } : null;
    if (JSON.stringify(view.get().upload) !== JSON.stringify(current)) view.set({ upload: current });
  }

  function show() {
    part("says").textContent = !refusal ? "" : refusal.say ? word(refusal.say, refusal) : word("upload_failed", { reason: refusal });
    showWay();
    uploadReport(part("report"), seen);
    showSquares();
    publishUpload();
  }

  function speak() {
    studio.speak(element);
    if (limits) {
      const { pictures, bytes, pixels, hours } = limits;
      part("holds").textContent = word("upload_holds", { pictures, megabytes: Math.floor(bytes / 1e6), megapixels: Math.floor(pixels / 1e6) });
      part("privacy").textContent = word("upload_privacy", { hours });
    }
    squares.speak();
    cropping.speak();
    show();
  }

  const doubled = (which) => () => remove(seen.pictures.filter((picture) => picture[which] !== null).map(({ n }) => n));
  part("frames").querySelector("button").onclick = () => trying(async () => {
    refusal = null;
    await ask("frames", { upload });
    await refresh();
  });
  part("exact").querySelector("button").onclick = doubled("duplicate_of");
  part("near").querySelector("button").onclick = doubled("near_of");
  part("clear").onclick = () => trying(async () => {
    refusal = null;
    await ask("clear", { upload });
    choose(null);
    await refresh();
  });
  element.querySelector(".crop-out").onclick = () => remove([cropping.number()]);
  element.querySelector(".crop-done").onclick = done;
  part("bench").onkeydown = ({ key }) => { if (key === "Escape") done(); };
  let framed = JSON.stringify(frame());
  view.follow((_, changed) => {
    if (changed.has("frame") && seen) choices.show(seen, source);
    const now = JSON.stringify(frame());
    if (now === framed) return;
    framed = now;
    refresh();
  });
  visibility.onScreen(element, async (shown) => {
    if (!shown) return;
    await (limits ? refresh() : find());
    speak();
  });
  studio.follow(speak);
};
