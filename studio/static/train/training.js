// The shared state of the Train tab, whose parts are one script per component: the server's training options, the
// visitor's trainings, and the displayed one.
//
// The desk is { options, jobs, job, fault }: `options` as the server's train_options, null until loaded; `jobs` as
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
  let desk = { options: null, jobs: [], job: null, fault: null };
  let timer = 0;

  const ask = (what, question = {}) => engine.ask({ what: `train_${what}`, visitor: visitor(), ...question });
  const open = () => view.get().tab === "train";
  const moving = () => desk.job && !desk.job.gone && MOVING.has(desk.job.state ?? "waiting");

  function set(patch) {
    desk = { ...desk, ...patch };
    document.body.dataset.training = desk.job ? "job" : "new";
    tell(desk.job);
    listeners.forEach((listener) => listener(desk));
  }

  function tell(job) {
    const { job: told } = view.get();
    if (told?.id === job?.id && told?.state === job?.state) return;
    view.set({ job: job?.state ? { id: job.id, state: job.state, mine: job.mine } : null });
  }

  // `listener(desk)` runs now and at every change of the desk.
  function follow(listener) {
    listeners.add(listener);
    listener(desk);
  }

  const list = () => ask("jobs").then(({ jobs }) => set({ jobs }), () => {}); // a failed list shows no message

  const load = engine.newest(async () => {
    if (desk.options) return;
    try {
      set({ options: await ask("options"), fault: null });
    } catch ({ message }) {
      set({ fault: message });
    }
  });

  // Requests the state of the displayed job; `id` identifies late answers, which are ignored.
  const look = engine.newest(async (id) => {
    if (desk.job?.id !== id) return;
    const { job } = desk;
    try {
      const answer = await ask("state", { id, since: job.history.length, stretches: job.stretches });
      if (desk.job?.id !== id) return;
      const known = job.history.slice(0, answer.lines - answer.history.length); // fewer lines than before after a rollback
      set({ job: { ...answer, id, history: [...known, ...answer.history] } });
      if (job.state !== answer.state) await list();
    } catch ({ message }) {
      if (desk.job?.id === id && !desk.job.state) set({ job: { id, gone: message } });
    }
    wait();
  });

  // Polls a running job always, for the window's title, and any other only while it is visible.
  function wait() {
    clearTimeout(timer);
    if (!desk.job || desk.job.gone || !(moving() || open())) return;
    timer = setTimeout(look, moving() && open() ? SOON : LATER, desk.job.id);
  }

  // Shows a job, or for null the form.
  function show(id) {
    if (id === (desk.job?.id ?? null)) return;
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
    const { id } = desk.job;
    await ask("do", { id, action });
    if (action !== "delete") await look(id);
    else if (engine.run()?.run === `~${id}`) location.hash = "#tab=train"; // reloads the page without the deleted run
    else show(null);
    await list();
  }

  // When the page opens, shows the visitor's newest unfinished training.
  async function comeBack() {
    await list();
    set({});
    const { id } = desk.jobs.find(({ state }) => [...MOVING, "paused", "interrupted"].includes(state)) ?? {};
    if (id && !desk.job) show(id);
  }

  link.add("training", {
    read: () => (open() && desk.job ? { job: desk.job.id } : undefined), // links of other tabs don't contain the secret id
    open: ({ job }) => { if (typeof job === "string") show(job); },
  });
  view.follow((view, changed) => {
    if (!changed.has("tab")) return;
    if (open()) load();
    wait();
  });
  comeBack();
  return { ask, follow, load, show, begin, act, desk: () => desk };
})();
