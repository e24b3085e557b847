// The page's own words, language and look. `WORDS` is the table of words.py, put before this file.
const studio = (() => {
  const listeners = new Set();
  const stored = (key) => { try { return localStorage.getItem(key); } catch { return null; } };
  const store = (key, value) => { try { localStorage.setItem(key, value); } catch { /* a private window */ } };

  const wished = () => (stored("studio-language") || navigator.language || "en").toLowerCase();
  let language = wished().startsWith("zh") ? "zh" : "en";

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  const word = (key, values = {}) => fill(WORDS[language][key], values);
  const moment = ({ images, epoch }) => (images ? word(/^\d+$/.test(epoch) ? "epoch" : "epoch_part", { epoch }) : word("untrained"));

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
  }

  const isDark = () => document.body.classList.contains("dark");

  function setLook(dark) {
    document.body.classList.toggle("dark", dark);
    announce();
  }

  // `listener` runs now and whenever the language or the look changes.
  function follow(listener) {
    listeners.add(listener);
    listener();
  }

  function header(element, props, trigger) {
    const [speech, look] = element.querySelectorAll("button");
    const remembered = stored("studio-look");
    if (remembered) document.body.classList.toggle("dark", remembered === "dark");
    speech.onclick = () => {
      setLanguage(language === "zh" ? "en" : "zh");
      props.value = language;
      trigger("input");
    };
    look.onclick = () => {
      store("studio-look", isDark() ? "light" : "dark");
      setLook(!isDark());
    };
    follow(() => {
      speak(element);
      speech.lang = language === "zh" ? "en" : "zh-CN";
      look.textContent = word(isDark() ? "to_light" : "to_dark");
    });
    announce();
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

  return { word, moment, speak, follow, fill, header, copy, png, language: () => language };
})();
window.studio = studio;
