// Saves many pictures of the grid's settings as separate files in a .zip, which the server draws while it is received.
// Returns a function that sets the sheet which the grid shows.
import { engine } from "../page/engine.js";
import { studio } from "../page/studio.js";
import { freshToken } from "../page/visitor.js";

export const createMany = (place) => {
  const [form, folders, save, stop, told] = ["form", ".many-folders", ".main", ".many-stop", ".many-told"].map((name) => place.querySelector(name));
  const num = form.elements["many-num"];
  const token = freshToken();
  let shown = null; // the sheet
  let asked = null; // the AbortController of the current download
  let said = null; // the key of the message, and its values

  function say(key, values = {}) {
    said = { key, values };
    told.textContent = studio.word(key, values);
  }

  function address() {
    const { facts: { run, seed, truncation }, label, moments: [{ images }] } = shown;
    const settings = { images, num: num.value, seed, truncation, folders: Number(form.elements["many-folders"].checked), visitor: token };
    const query = new URLSearchParams(label === null ? settings : { ...settings, label });
    return studio.address(`gradio_api/studio/samples/${encodeURIComponent(run)}?${query}`);
  }

  // Requests the .zip; retries while the server is busy.
  async function answered(url, signal) {
    for (;;) {
      const answer = await fetch(url, { signal });
      if (answer.status !== 503) return answer;
      const { place } = await answer.json();
      if (place) say("busy", { place });
      else say("queue_full");
      await new Promise((done) => { setTimeout(done, 1000 * Number(answer.headers.get("Retry-After"))); });
    }
  }

  async function received(answer) {
    const [reader, pieces] = [answer.body.getReader(), []];
    for (let size = 0; ;) {
      const { done, value } = await reader.read();
      if (done) return new Blob(pieces, { type: "application/zip" });
      pieces.push(value);
      size += value.length;
      say("many_coming", { size: (size / 1e6).toFixed(1) });
    }
  }

  function offer(blob, answer) {
    const [, name] = /filename\*=UTF-8''([^;]+)/.exec(answer.headers.get("Content-Disposition"));
    studio.offer(blob, decodeURIComponent(name));
  }

  async function begin() {
    asked = new AbortController();
    show();
    try {
      const answer = await answered(address(), asked.signal);
      if (!answer.ok) throw new Error((await answer.json()).error);
      offer(await received(answer), answer);
      say("many_there");
    } catch ({ name, message }) {
      if (name === "AbortError") say("many_stopped");
      else say("many_failed", { reason: name === "TypeError" ? studio.word("no_answer") : message });
    } finally {
      asked = null;
      show();
    }
  }

  function show() {
    save.disabled = asked !== null;
    stop.hidden = asked === null;
    const { most, classes = [] } = engine.run() ?? {};
    num.max = most ?? "";
    folders.hidden = !classes.length;
  }

  form.onsubmit = (event) => {
    event.preventDefault();
    if (!asked) begin();
  };
  stop.onclick = () => asked?.abort();
  studio.follow(() => { if (said) say(said.key, said.values); });
  engine.follow(show);

  return (sheet) => { shown = sheet; };
};
