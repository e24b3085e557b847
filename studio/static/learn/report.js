// The chapter report: the lab report of the chosen run as a file, and its preview.
import { found } from "../generate/found.js";
import { engine } from "../page/engine.js";
import { studio } from "../page/studio.js";

export const report = (element) => {
  const [language, line, preview] = ["language", "told", "preview"].map((name) => element.querySelector(`.${name}`));
  const button = element.querySelector("button");
  const run = () => engine.run()?.run ?? null;
  let chosen = false; // whether a visitor has chosen the report's language
  let message = null; // the key of the message, and its values
  let latest = 0;

  function say(key, values = {}) {
    message = { key, values };
    line.textContent = key ? studio.word(key, values) : "";
  }

  const save = (html, file) => studio.offer(new Blob([html], { type: "text/html" }), file);

  // The empty sandbox runs no script, even if a hostile run got one past the escaping.
  function show(html) {
    const frame = Object.assign(document.createElement("iframe"), { srcdoc: html, title: studio.word("report_preview") });
    frame.setAttribute("sandbox", "");
    preview.replaceChildren(frame);
  }

  function clear() {
    latest += 1;
    preview.replaceChildren();
    say("");
  }

  async function write() {
    const asked = { what: "report", run: run(), language: language.value, found: found.of(run()) };
    const number = ++latest;
    button.disabled = true;
    say("report_writing", { run: asked.run });
    try {
      const { html, file } = await engine.ask(asked);
      if (number !== latest) return; // another run was chosen meanwhile
      show(html);
      save(html, file);
      say("report_written", { file });
    } catch ({ message }) {
      if (number === latest) say("report_failed", { reason: message });
    } finally {
      button.disabled = !run();
    }
  }

  button.onclick = write;
  language.onchange = () => { chosen = true; };
  let known = null;
  engine.follow(() => {
    button.disabled = !run();
    if (known !== run()) clear();
    known = run();
  });
  studio.follow(() => {
    studio.speak(element);
    preview.querySelector("iframe")?.setAttribute("title", studio.word("report_preview"));
    if (!chosen) language.value = studio.language();
    if (message?.key) say(message.key, message.values);
  });
};
