// The page's words, language and theme. The server generates words.js from the tables in
// studio/words: { en: { key: text }, zh: { key: text } }.
import { WORDS } from "./words.js";

export const studio = (() => {
  const listeners = new Set();
  const stored = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const store = (key, value) => {
    try {
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, value);
    } catch { /* a private window */ }
  };

  const wished = () => (stored("studio-language") || navigator.language || "en").toLowerCase();
  let language = wished().startsWith("zh") ? "zh" : "en";

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  const word = (key, values = {}) => fill(WORDS[language][key], { ...values, ...("run" in values && { run: called(values.run) }) });

  // The displayed name of a run: for a private run, whose name is secret, the title from the server.
  const titles = new Map();
  const entitle = (run, title) => titles.set(run, title);
  const called = (run) => titles.get(run) ?? run;

  function moment({ images, epoch, parent, blend }) {
    if (!images && blend) return word("blend");
    if (!images) return parent ? word("as_parent", { parent }) : word("untrained");
    return word(/^\d+$/.test(epoch) ? "epoch" : "epoch_part", { epoch });
  }

  // Fills in the words of all elements under `root` with a key in data-word (text) or data-label (aria-label).
  function speak(root) {
    root.querySelectorAll("[data-word]").forEach((node) => { node.textContent = word(node.dataset.word); });
    root.querySelectorAll("[data-label]").forEach((node) => node.setAttribute("aria-label", word(node.dataset.label)));
  }

  function announce() {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    document.title = word("name");
    listeners.forEach((listener) => listener());
  }

  function setLanguage(value) {
    language = value;
    store("studio-language", value);
    announce();
    return value;
  }

  function setLook(dark) {
    document.body.classList.toggle("dark", dark);
    announce();
  }

  // Calls `listener` now and whenever the language or the theme changes.
  function follow(listener) {
    listeners.add(listener);
    listener();
  }

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch { // no permission, or no https
      const field = Object.assign(document.createElement("textarea"), { value: text });
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
  }

  // Offers a file as a download.
  function offer(blob, name) {
    const url = URL.createObjectURL(blob);
    Object.assign(document.createElement("a"), { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
  }

  const bytes = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const png = (base64) => URL.createObjectURL(new Blob([bytes(base64)], { type: "image/png" }));

  // Shows a sentence beside the shelf for some ms.
  let timer = 0;
  function tell(key, values, duration = 8000) {
    const place = document.querySelector("#shelf .told");
    if (!place) return; // the shelf isn't loaded yet
    place.textContent = word(key, values);
    clearTimeout(timer);
    timer = setTimeout(() => { place.textContent = ""; }, duration);
  }

  // The URL of a path of this app, such as gradio_api/studio/..., including the page's root path.
  const address = (path) => new URL(path, `${window.gradio_config?.root ?? location.origin}/`).href;

  const motion = matchMedia("(prefers-reduced-motion: reduce)");

  return {
    word, moment, speak, follow, announce, fill, copy, png, offer, tell, stored, store, setLanguage, setLook, entitle, called, address,
    language: () => language,
    words: () => WORDS[language],
    get still() { return motion.matches; }, // whether reduced motion is set
  };
})();
