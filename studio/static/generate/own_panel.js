// The panel under Generate's grid in which one's own directions are marked, named and saved.
import { studio } from "../page/studio.js";
import { explore } from "./explore.js";
import { named } from "./named.js";
import { own } from "./own.js";

export const createOwnPanel = (panel) => {
  const part = (name) => panel.querySelector(`.own-${name}`);
  const [list, name, told, move, another, remove, save, command] = [
    "list", "name", "told", "move", "another", "remove", "save", "command"].map(part);
  const kinds = [...panel.querySelectorAll("[data-kind]")];

  function chip({ name: text, chosen }, i) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: text, onclick: () => own.choose(i) });
    button.setAttribute("aria-pressed", chosen);
    return button;
  }

  function tell() {
    const [more, less] = [own.current().more.length, own.current().less.length];
    const attribute = own.attribute();
    if (attribute) return named.marks(attribute.marked);
    return more && less ? studio.word("own_same") : studio.word("own_marks", { more, less });
  }

  function show() {
    if (!explore.scene()) return;
    const all = own.list();
    const complete = Boolean(own.attribute());
    const at = [...list.children].indexOf(document.activeElement);
    list.hidden = all.length < 2;
    list.replaceChildren(...all.map(chip));
    list.children[at]?.focus();
    kinds.forEach((button) => button.setAttribute("aria-pressed", button.dataset.kind === own.marking()));
    if (document.activeElement !== name) name.value = own.current().name;
    name.placeholder = all.find(({ chosen }) => chosen).name;
    told.textContent = tell();
    another.disabled = own.full() || !complete;
    remove.disabled = all.length < 2 && !own.current().more.length && !own.current().less.length;
    for (const button of [move, save]) button.disabled = !complete;
    command.hidden = true;
  }

  // The name of the file, of letters and digits, in any script.
  const fileName = () => `${own.attribute().name.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || "direction"}.json`;

  save.onclick = () => {
    studio.offer(own.file(), fileName());
    command.textContent = studio.word("own_command", { run: explore.scene().run, file: fileName() });
    command.hidden = false;
  };
  kinds.forEach((button) => { button.onclick = () => own.markAs(own.marking() === button.dataset.kind ? null : button.dataset.kind); });
  name.onchange = () => own.rename(name.value);
  name.onkeydown = (event) => { if (event.key === "Enter") name.blur(); };
  move.onclick = own.move;
  another.onclick = own.another;
  remove.onclick = own.remove;
  panel.ontoggle = () => own.markAs(panel.open ? own.marking() ?? "more" : null);
  own.follow(show);
  explore.follow((reason) => { if (reason === "scene") show(); });
  studio.follow(show);
};
