// The view of a running or finished training: progress, pictures, health, and actions.
import { link } from "../page/link.js";
import { copies, confirmation } from "../page/sheet.js";
import { studio } from "../page/studio.js";
import { curves } from "./curves.js";
import { training } from "./training.js";
import { progressPictures } from "./progress_pictures.js";
import { runActions } from "./run_actions.js";
import { health } from "./health.js";
import { raceView } from "./race_view.js";
import { format } from "./format.js";

export const watch = (element) => {
  const { word } = studio;
  const part = (name) => element.querySelector(`.${name}`);
  const [room, title, state, far, bar] = ["train-watch", "train-title", "train-state", "train-far", "train-progress"].map(part);
  const [share, shared, rights, fault, same] = ["train-share", "train-shared", "train-rights", "train-fault", "train-same"].map(part);
  const buttons = [...element.querySelectorAll("[data-deed]")];
  const command = part("train-command");
  const [ofOne, ofRace] = [[progressPictures, health, curves], [raceView]].map((views) => views.map((view) => view(element)));
  const actions = runActions(element);
  const DEEDS = { running: ["pause", "stop"], waiting: ["pause", "stop"], paused: ["stop"], interrupted: ["stop"] };
  const SAYS = {
    waiting: "train_waiting", running: "train_running", stopping: "train_stopping", paused: "train_paused",
    interrupted: "train_interrupted", finished: "train_finished", stopped: "train_stopped", failed: "train_failed",
  };
  const WHY = {
    killed: "failed_killed", disk_full: "failed_disk_full", disk_limit: "failed_disk_limit", out_of_memory: "failed_out_of_memory",
    diverged: "failed_diverged", stuck: "failed_stuck", refused: "failed_refused", crashed: "failed_crashed",
    no_gpu: "failed_no_gpu",
  };
  let shown = null; // the job

  // The state in words that change seldom; screen readers announce changes.
  function standing({ state: name, place, seconds, images }) {
    return word(name === "running" && !images ? "train_preparing" : SAYS[name], { place, time: format.duration(seconds) });
  }

  // The progress in numbers, which change all the time.
  function distance(job) {
    const { images, total, images_per_second: speed, eta } = job;
    if (!images && job.state !== "running") return [];
    const number = format.number(images);
    const rate = speed ? word("train_rate", { speed: format.number(Math.round(speed)) }) : "";
    const left = eta === null ? "" : word("train_left", { time: format.duration(eta) });
    const seen = total ? word("train_of", { images: number, total: format.number(total) }) : word("train_seen", { images: number });
    return [seen, ...(job.state === "running" ? [rate, left] : [])].filter(Boolean);
  }

  const item = (text) => Object.assign(document.createElement("li"), { textContent: text });
  const can = (job) => [...(DEEDS[job.state] ?? []), ...(job.resumable ? ["resume"] : [])];

  function progress(job) {
    const percent = format.percent(job);
    bar.firstElementChild.style.width = `${100 * format.share(job)}%`;
    bar.ariaValueNow = percent;
    bar.ariaValueText = [standing(job), ...distance(job)].join(" · ");
    bar.hidden = job.state === "failed";
  }

  function showFault(message, detail = "") {
    fault.hidden = !message;
    [fault.firstElementChild.textContent, fault.lastElementChild.textContent] = [message, detail];
  }

  function show({ job }) {
    room.hidden = !job;
    if (!job) return;
    if (job.id !== shown?.id || job.state !== shown.state) showFault("");
    shown = job;
    room.toggleAttribute("data-bare", !job.state);
    title.textContent = job.title ?? "";
    if (!job.state) {
      [state.textContent, far.textContent] = [job.gone ? word("train_gone", { reason: job.gone }) : "", ""];
      return;
    }
    if (state.textContent !== standing(job)) state.textContent = standing(job);
    far.textContent = distance(job).map((fact) => ` · ${fact}`).join("");
    progress(job);
    buttons.forEach((button) => { button.hidden = !job.mine || !can(job).includes(button.dataset.deed); });
    rights.textContent = job.mine ? "" : word("train_looking");
    if (job.reason) showFault(word(WHY[job.reason] ?? WHY.crashed), job.detail);
    same.hidden = !job.command;
    command.textContent = job.command ?? "";
    const notes = part("train-notes");
    const said = (job.lanes?.[0] ?? job).notes;
    if (notes.children.length !== said.length) notes.replaceChildren(...said.map(item));
    room.toggleAttribute("data-race", Boolean(job.lanes));
    [...(job.lanes ? ofRace : ofOne), actions].forEach((view) => view(job));
  }

  async function act(action) {
    showFault("");
    buttons.forEach((button) => { button.disabled = true; });
    try {
      await training.act(action);
    } catch ({ message }) {
      showFault(message);
    } finally {
      buttons.forEach((button) => { button.disabled = false; });
    }
  }

  buttons.forEach((button) => { button.onclick = () => act(button.dataset.deed); });
  room.addEventListener("train-act", ({ detail }) => act(detail)); // remedies and deletion
  const confirm = confirmation(shared);
  share.onclick = async () => {
    await studio.copy(link.url());
    confirm("train_share_copied");
  };
  copies(command, () => command.textContent);
  studio.follow(() => {
    studio.speak(element);
    show(training.state());
  });
  training.follow(show);
};
