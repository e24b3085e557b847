// A training in a job of the Hub: its progress, its log, and its buttons.
import { engine } from "../page/engine.js";
import { studio } from "../page/studio.js";
import { format } from "./format.js";

// `ask(what, question)` sends a question about it, `say(sentence)` shows one.
export const rented = (id, ask, say) => {
  const { word } = studio;
  const STATES = {
    UPLOADING: "rent_uploading", SCHEDULING: "rent_scheduling", RUNNING: "rent_running", COMPLETED: "rent_completed",
    CANCELED: "rent_canceled", DELETED: "rent_canceled", ERROR: "rent_error", LOST: "rent_lost",
  };
  const make = (tag, properties = {}) => Object.assign(document.createElement(tag), properties);
  const element = make("article", { className: "rented" });
  const [title, line, bar, log, text] = ["h3", "p", "progress", "details", "pre"].map((tag) => make(tag));
  const summary = make("summary");
  const [look, cancel] = ["look", "cancel"].map((name) => make("button", { type: "button", className: "deed", name }));
  const page = make("a", { target: "_blank", rel: "noopener" });
  const deeds = make("div", { className: "train-deeds" });
  deeds.append(look, cancel, page);
  log.append(summary, text);
  line.setAttribute("role", "status");
  text.tabIndex = 0; // to scroll by the keyboard
  element.append(title, line, bar, deeds, log);
  let state = { count: 0, stage: "UPLOADING", repo: "" };
  let sure = false; // whether cancelling was asked for once

  function facts({ images, total, images_per_second: speed }) {
    if (!images) return "";
    const known = { images: format.number(images), total: total && format.number(total), speed: speed && format.number(Math.round(speed)) };
    return [word(total ? "rent_images_of" : "rent_images", known), ...(speed ? [word("rent_speed", known)] : [])].join(" · ");
  }

  function show() {
    const { stage, repo, said, over, address, images, total, snapshots, job } = state;
    title.textContent = repo;
    line.textContent = [word(STATES[stage] ?? "rent_running"), said, facts(state)].filter(Boolean).join(" ");
    bar.hidden = over;
    bar.ariaLabel = word("train_progress");
    if (total && stage === "RUNNING") bar.value = Math.min(1, images / total);
    else bar.removeAttribute("value");
    look.textContent = word("rent_look");
    look.hidden = !snapshots;
    cancel.textContent = word(sure ? "rent_cancel_sure" : "rent_cancel");
    cancel.hidden = over || !job;
    page.hidden = !address;
    page.textContent = word("rent_page");
    if (address) page.href = address;
    summary.textContent = word("rent_log");
    log.hidden = !text.textContent;
  }

  function take(answer) {
    const below = text.scrollHeight - text.scrollTop - text.clientHeight < 30; // the newest lines are in sight
    text.append(...answer.lines.map((said) => `${said}\n`));
    state = answer;
    show();
    if (below) text.scrollTop = text.scrollHeight;
  }

  // Opens the run as far as it has grown.
  async function open() {
    look.disabled = true;
    say(word("fetch_coming", { name: state.repo }));
    try {
      while (!(await engine.ask({ what: "fetch", name: state.repo })).there);
      location.hash = `#tab=epochs&run=${encodeURIComponent(state.repo)}`; // opens the page with the run
    } catch ({ message }) {
      say(message);
    } finally {
      look.disabled = false;
    }
  }

  cancel.onclick = async () => {
    if (!sure) {
      sure = true;
      return show();
    }
    sure = false;
    cancel.disabled = true;
    try {
      await ask("cancel", { id });
    } catch ({ message }) {
      say(message);
    } finally {
      cancel.disabled = false;
      show();
    }
  };
  cancel.onblur = () => { sure = false; show(); };
  look.onclick = open;
  return {
    element, show, over: () => state.over,
    update: async () => take(await ask("state", { id, since: state.count })),
  };
};
