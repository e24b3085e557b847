// The table of contents of the Learn tab; a click scrolls to the chapter.
import { studio } from "../page/studio.js";

export const contents = (element, chapters) => {
  const nav = element.querySelector(".contents");
  const go = (chapter) => document.getElementById(chapter)?.scrollIntoView({ behavior: studio.still ? "auto" : "smooth" });
  nav.replaceChildren(...chapters.map((chapter) => Object.assign(document.createElement("button"), {
    type: "button", onclick: () => go(chapter),
  })));
  studio.follow(() => {
    studio.speak(element);
    [...nav.children].forEach((button, i) => { button.textContent = studio.word(`chapter_${chapters[i]}`); });
  });
};
