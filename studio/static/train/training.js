// The shared state of the Train tab, whose parts are one script per component: the server's training options, the
// visitor's trainings, and the displayed one.
//
// The state is { options, jobs, job, fault }: `options` as the server's train_options, null until loaded; `jobs` as
// train_jobs; `job` is null while the form is shown, else { id, ... } as train_state with its whole `history`, or
// { id, gone: sentence }; `fault` is the reason for missing options.
//
// What the parts publish through `studio.view`:
//   frame   { size, channels } of the network that uploads are cropped for; set by the form
//   upload  { id, usable } or null: the visitor's upload; set by the uploads
//   job     { id, state, mine } or null: the displayed training
import { engine } from "../page/engine.js";
import { link } from "../page/link.js";
import { view } from "../page/view.js";
import { visitor } from "../page/visitor.js";

export const training = (() => {
  const [SOON, LATER] = [1000, 5000]; // milliseconds between polls: of a running job in the open tab, else
  const MOVING = new Set(["waiting", "running", "stopping"]);
  const listeners = new Set();
  let state = { options: null, jobs: [], job: null, fault: null };
  let timer = 0;

  const ask = (what, question = {}) => engine.ask({ what: `train_${what}`, visitor: visitor(), ...question });
  const open = () => view.get().tab === "train";
  const moving = () => state.job && !state.job.gone && MOVING.has(state.job.state ?? "waiting");

  function set(patch) {
    state = { ...state, ...patch };
    document.body.dataset.training = state.job ? "job" : "new";
    publishJob(state.job);
    listeners.forEach((listener) => listener(state));
  }

  function publishJob(job) {
    const { job: known } = view.get();
    if (known?.id === job?.id && known?.state === job?.state) return;
    view.set({ job: job?.state ? { id: job.id, state: job.state, mine: job.mine } : null });
  }

  // `listener(state)` runs now and at every change of the state.
  function follow(listener) {
    listeners.add(listener);
    listener(state);
  }

  const list = () => ask("jobs").then(({ jobs }) => set({ jobs }), () => {}); // a failed list shows no message

  const load = engine.newest(async () => {
    if (state.options) return;
    try {
      set({ options: await ask("options"), fault: null });
    } catch ({ message }) {
      set({ fault: message });
    }
  });

  // What the page knows of a job: lines of its history and stretches, lists of a race's.
  const seen = ({ history, stretches, lanes }) => (lanes
    ? { since: lanes.map((lane) => lane.history.length), stretches: lanes.map((lane) => lane.stretches) }
    : { since: history.length, stretches });

  // An answer, with the lines that were known before its own; fewer than before after a rollback.
  function joined(job, answer) {
    if (answer.lanes) return { ...answer, history: [], lanes: answer.lanes.map((lane, i) => joined(job.lanes?.[i] ?? { history: [] }, lane)) };
    return { ...answer, history: [...job.history.slice(0, answer.lines - answer.history.length), ...answer.history] };
  }

  // Requests the state of the displayed job; `id` identifies late answers, which are ignored.
  const look = engine.newest(async (id) => {
    if (state.job?.id !== id) return;
    const { job } = state;
    try {
      const answer = await ask("state", { id, ...seen(job) });
      if (state.job?.id !== id) return;
      set({ job: { ...joined(job, answer), id } });
      if (job.state !== answer.state) await list();
    } catch ({ message }) {
      if (state.job?.id === id && !state.job.state) set({ job: { id, gone: message } });
    }
    wait();
  });

  // Polls a running job always, for the window's title, and any other only while it is visible.
  function wait() {
    clearTimeout(timer);
    if (!state.job || state.job.gone || !(moving() || open())) return;
    timer = setTimeout(look, moving() && open() ? SOON : LATER, state.job.id);
  }

  // Shows a job, or for null the form.
  function show(id) {
    if (id === (state.job?.id ?? null)) return;
    set({ job: id ? { id, history: [] } : null });
    link.touch();
    if (id) look(id);
  }

  // Starts the requested training and shows it. Rejects with the server's message.
  async function begin(request) {
    const { id } = await ask("start", { request });
    show(id);
    await list();
  }

  // Applies an action to the displayed job. Rejects with the server's message.
  async function act(action) {
    const { id } = state.job;
    await ask("do", { id, action });
    if (action !== "delete") await look(id);
    else if (engine.run()?.run.startsWith(`~${id}`)) location.hash = "#tab=train"; // reloads the page without the deleted run
    else show(null);
    await list();
  }

  // When the page opens, shows the visitor's newest unfinished training.
  async function comeBack() {
    await list();
    set({});
    const { id } = state.jobs.find(({ state }) => [...MOVING, "paused", "interrupted"].includes(state)) ?? {};
    if (id && !state.job) show(id);
  }

  link.add("training", {
    read: () => (open() && state.job ? { job: state.job.id } : undefined), // links of other tabs don't contain the secret id
    open: ({ job }) => { if (typeof job === "string") show(job); },
  });
  view.follow((view, changed) => {
    if (!changed.has("tab")) return;
    if (open()) load();
    wait();
  });
  comeBack();
  return { ask, follow, load, show, begin, act, state: () => state };
})();
