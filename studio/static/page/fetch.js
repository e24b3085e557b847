// Opens a run from the Hub by its name: the server downloads it, this polls until it is listed, and the page shows it. While
// Epochs shows such a run, this asks whether it has grown, and shows its new snapshots.
import { engine } from "./engine.js";
import { studio } from "./studio.js";
import { view } from "./view.js";

const LOOK = 30000; // ms between two looks

export const fetch = (element, props, trigger) => {
  const [dialog, form] = ["dialog", "form"].map((name) => element.querySelector(name));
  const [button, remark, line, close] = ["fetch-open", "remark", "told", "close"].map((name) => element.querySelector(`.${name}`));
  const field = element.querySelector("input");
  let message = null; // the key of the message, and its values

  function say(key, values = {}) {
    message = key ? { key, values } : null;
    line.textContent = message ? studio.word(key, values) : "";
  }

  async function fetched(name) {
    for (;;) {
      const { run, there } = await engine.ask({ what: "fetch", name });
      if (there) return run;
    }
  }

  async function look() {
    const shown = engine.run();
    if (document.hidden || view.get().tab !== "epochs" || !shown?.run.includes("/") || form.ariaBusy === "true") return;
    const { snapshots } = await engine.ask({ what: "fetch", name: shown.run, grown: true });
    if (engine.run() !== shown || snapshots <= shown.moments.length) return;
    props.value = shown.run;
    trigger("input");
  }

  async function open() {
    const name = field.value.trim();
    if (!name || form.ariaBusy === "true") return;
    form.ariaBusy = "true";
    say("fetch_coming", { name });
    try {
      props.value = await fetched(name);
      trigger("input");
      say(null);
      dialog.close();
      studio.tell("fetch_there", { run: props.value });
    } catch ({ message }) {
      say("fetch_failed", { reason: message });
      field.focus();
    } finally {
      form.ariaBusy = "false";
    }
  }

  button.onclick = () => { dialog.showModal(); field.select(); };
  close.onclick = () => dialog.close();
  const lookQuietly = () => look().catch(() => {}); // it is tried again
  setInterval(lookQuietly, LOOK);
  view.follow((_, changed) => { if (changed.has("tab")) lookQuietly(); });
  dialog.onclick = ({ target }) => { if (target === dialog) dialog.close(); };
  form.onsubmit = (event) => { event.preventDefault(); open(); };
  studio.follow(() => {
    studio.speak(element);
    dialog.ariaLabel = studio.word("fetch_title");
    remark.textContent = studio.word(props.in_public ? "fetch_public" : "fetch_own");
    if (message) say(message.key, message.values);
  });
};
