// Actions on a run trained here: open it in the other tabs beside its parent, download it, delete it.
import { engine } from "../page/engine.js";
import { studio } from "../page/studio.js";
import { training } from "./training.js";
import { format } from "./format.js";

export const runActions = (element) => {
  const { word } = studio;
  const part = (name) => element.querySelector(`.train-${name}`);
  const [room, links, keep, kept] = ["outcome", "links", "keep", "kept"].map(part);
  const [zip, remove, sure, yes, no] = ["zip", "delete", "sure", "yes", "no"].map(part);
  const ENDED = ["finished", "stopped", "failed", "paused", "interrupted"];
  const TABS = { generate: "generate", interpolate: "interpolate", epochs: "epochs" }; // and the keys of their names
  let job = null;
  let linked = ""; // the data of the current links, so that a focused one isn't replaced

  // The address that opens a tab with the run; Epochs opens beside its parent, with the same latents.
  function address(tab) {
    const beside = tab === "epochs" && job.parent?.run ? `&parts=${encodeURIComponent(JSON.stringify({ epochs: { other: job.parent.run } }))}` : "";
    return `#tab=${tab}&run=${encodeURIComponent(`~${job.id}`)}${beside}`;
  }

  function link([tab, key]) {
    const beside = tab === "epochs" && job.parent?.run;
    const text = beside ? word("train_beside", { tab: word(key), run: job.parent.title }) : word(key);
    return Object.assign(document.createElement("a"), { href: address(tab), textContent: text });
  }

  function save({ file, name }) {
    studio.offer(new Blob([engine.bytes(file)], { type: "application/zip" }), name);
    kept.textContent = word("train_saved", { name });
  }

  async function pack() {
    zip.disabled = true;
    kept.textContent = word("train_packing");
    try {
      save(await training.ask("zip", { id: job.id }));
    } catch ({ message }) {
      kept.textContent = message;
    } finally {
      zip.disabled = false;
    }
  }

  function ask(asked) {
    sure.hidden = !asked;
    remove.hidden = asked;
    (asked ? no : remove).focus();
  }

  zip.onclick = pack;
  remove.onclick = () => ask(true);
  no.onclick = () => ask(false);
  yes.onclick = () => {
    ask(false);
    room.dispatchEvent(new CustomEvent("train-act", { detail: "delete", bubbles: true }));
  };

  return (shown) => {
    if (shown.id !== job?.id) {
      [sure.hidden, remove.hidden, kept.textContent] = [true, false, ""];
    }
    job = shown;
    const left = job.grid != null; // whether there is a run; those of a race have links of their own
    keep.hidden = !job.mine;
    room.hidden = !ENDED.includes(job.state) || (!left && !job.mine);
    zip.hidden = links.parentElement.hidden = !left;
    part("lasts").hidden = !left && !shown.lanes;
    const key = JSON.stringify([job.id, job.parent, studio.language()]);
    if (key !== linked) links.replaceChildren(...Object.entries(TABS).map(link));
    linked = key;
    const { limits, fleeting } = training.state().options ?? {};
    part("lasts").textContent = limits ? word(fleeting ? "train_lasts_space" : "train_lasts", { hours: format.number(limits.kept_hours) }) : "";
  };
};
