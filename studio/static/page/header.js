// The switches of the page's header: language, theme, sharp or smooth pixels, the link, and presentation mode.
import { engine } from "./engine.js";
import { link } from "./link.js";
import { present } from "./present.js";
import { studio } from "./studio.js";

export const header = (element, props, trigger) => {
  const { stored, store } = studio;
  const button = (name) => element.querySelector(`.${name}`);
  const [speech, look, pixels] = ["speech", "look", "pixels"].map(button);
  const [copier, code, presenter] = ["copy-link", "qr-switch", "present-switch"].map(button);
  const body = document.body.classList;
  let copied = 0;

  const isDark = () => body.contains("dark");
  const remembered = stored("studio-look");
  if (remembered) body.toggle("dark", remembered === "dark");

  // The run's own scaling applies until a visitor selects the other; selecting it again removes the override.
  const own = () => (engine.run()?.pixelated ? "sharp" : "smooth");
  const scaling = () => stored("studio-pixels") ?? own();
  function scale() {
    ["sharp", "smooth"].forEach((name) => body.toggle(name, stored("studio-pixels") === name));
    pixels.textContent = studio.word(scaling() === "sharp" ? "to_smooth" : "to_sharp");
  }

  speech.onclick = () => {
    props.value = studio.setLanguage(studio.language() === "zh" ? "en" : "zh");
    trigger("input");
  };
  look.onclick = () => {
    store("studio-look", isDark() ? "light" : "dark");
    studio.setLook(!isDark());
  };
  pixels.onclick = () => {
    const wanted = scaling() === "sharp" ? "smooth" : "sharp";
    store("studio-pixels", wanted === own() ? null : wanted);
    scale();
  };
  copier.onclick = async () => {
    await studio.copy(link.url());
    clearTimeout(copied);
    copied = setTimeout(() => { copied = 0; speak(); }, 1600);
    speak();
  };
  code.onclick = () => present.turnCode();
  presenter.onclick = () => present.turn();

  function speak() {
    studio.speak(element);
    speech.lang = studio.language() === "zh" ? "en" : "zh-CN";
    look.textContent = studio.word(isDark() ? "to_light" : "to_dark");
    copier.textContent = studio.word(copied ? "copied" : "copy_link");
    code.ariaPressed = present.coded();
    presenter.textContent = studio.word(present.on() ? "present_end" : "present");
    scale();
  }
  studio.follow(speak);
  engine.follow(scale);
  present.follow(speak);
  studio.announce();
};
