// The page's own words, language and look. `WORDS` is the table of words.py, put before this file.
const studio = (() => {
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

  // What a run is called: a private one, whose name is a secret, by the title that the server gave it.
  const titles = new Map();
  const entitle = (run, title) => titles.set(run, title);
  const called = (run) => titles.get(run) ?? run;

  function moment({ images, epoch, parent }) {
    if (!images) return parent ? word("as_parent", { parent }) : word("untrained");
    return word(/^\d+$/.test(epoch) ? "epoch" : "epoch_part", { epoch });
  }

  // Writes the words of everything under `root` that names a key in data-word (text) or data-label (for the ear).
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

  // `listener` runs now and whenever the language or the look changes.
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

  const bytes = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const png = (base64) => URL.createObjectURL(new Blob([bytes(base64)], { type: "image/png" }));

  // A canvas that shows an ImageData; `canvas` anew, or a new one for null.
  function picture(canvas, data) {
    const shown = canvas ?? document.createElement("canvas");
    shown.classList.add("picture");
    shown.classList.toggle("pixelated", studio.engine.run()?.pixelated ?? false);
    if (shown.width !== data.width) shown.width = data.width;
    if (shown.height !== data.height) shown.height = data.height;
    shown.getContext("2d").putImageData(data, 0, 0);
    return shown;
  }

  // The whole address of a path of this app, such as gradio_api/studio/..., behind whatever prefix the page itself stands.
  const address = (path) => new URL(path, `${window.gradio_config?.root ?? location.origin}/`).href;

  const motion = matchMedia("(prefers-reduced-motion: reduce)");

  return {
    word, moment, speak, follow, announce, fill, copy, png, picture, stored, store, setLanguage, setLook, entitle, called, address,
    language: () => language,
    get still() { return motion.matches; }, // whether nothing may move by itself
  };
})();
window.studio = studio;
