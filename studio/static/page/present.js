// Presentation mode: full screen, large type, and the link as a QR code in a corner, which can be enlarged.
import { engine } from "./engine.js";
import { link } from "./link.js";
import { studio } from "./studio.js";

export const present = (() => {
  const ZOOM = 1.4;
  const ROOMY = 1200; // minimum width in pixels for the enlarged page and for the code in its corner
  const WIDE = 1500; // minimum width in pixels for the enlarged page's columns side by side
  const MOST = 2953; // bytes that the largest QR code holds
  const listeners = new Set();
  let corner, large, code, address; // created at first use: this script runs before the page has a body

  const on = () => document.body?.classList.contains("present") ?? false;
  const follow = (listener) => listeners.add(listener);

  const element = (tag, settings) => Object.assign(document.createElement(tag), settings);

  function build() {
    corner = element("button", { type: "button", className: "qr-corner", onclick: enlarge });
    large = element("dialog", { className: "qr-large" });
    code = element("div", { className: "qr-code" });
    address = element("p", { className: "qr-address" });
    const close = element("button", { type: "button", className: "qr-close", autofocus: true, onclick: () => large.close() });
    large.append(code, address, close);
    large.onclick = ({ target }) => { if (target === large) large.close(); };
    document.body.append(corner, large);
    studio.follow(() => {
      corner.ariaLabel = studio.word("qr_large");
      large.ariaLabel = studio.word("qr");
      close.textContent = studio.word("qr_close");
    });
  }

  const enlarge = () => large.showModal();

  // Whether the corner shows the code. A narrow page only shows it enlarged.
  const coded = () => on() && !corner.hidden && innerWidth >= ROOMY;
  function turnCode() {
    if (innerWidth < ROOMY) return enlarge();
    corner.hidden = !corner.hidden;
    announce();
  }

  // The QR code of the current link, or the reason why there is none.
  const draw = engine.newest(async (text) => {
    if (address.textContent === text) return;
    address.textContent = text;
    try {
      if (new TextEncoder().encode(text).length > MOST) throw new Error(studio.word("qr_long"));
      const { svg } = await engine.ask({ what: "qr", text });
      corner.innerHTML = code.innerHTML = svg;
    } catch (error) {
      corner.textContent = code.textContent = error.message;
    }
  });

  const refresh = () => { if (on()) draw(link.url()); };

  function set(wanted) {
    if (wanted === on()) return;
    if (!corner) build();
    document.body.classList.toggle("present", wanted);
    if (wanted) document.documentElement.requestFullscreen?.().catch(() => { /* not allowed: shows large type only */ });
    else {
      large.close();
      if (document.fullscreenElement) document.exitFullscreen();
    }
    enlargeType();
    refresh();
    announce();
  }

  const announce = () => listeners.forEach((listener) => listener());

  // The page's enlargement; pictures at integer scales take it into account.
  const zoom = () => (on() && innerWidth >= ROOMY ? ZOOM : 1);
  function enlargeType() {
    document.body.style.setProperty("--zoom", zoom());
    document.body.classList.toggle("roomy", zoom() > 1);
    document.body.classList.toggle("tight", zoom() > 1 && innerWidth < WIDE);
  }
  addEventListener("resize", () => { if (on()) enlargeType(); });

  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && on() && !event.defaultPrevented && !large.open) set(false);
  });
  addEventListener("fullscreenchange", () => { if (!document.fullscreenElement) set(false); });
  link.follow(refresh);
  return { on, turn: () => set(!on()), coded, turnCode, zoom, follow };
})();
