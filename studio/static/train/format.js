// Formats numbers and durations for the Train tab, and the window's title while a training is displayed.
import { studio } from "../page/studio.js";
import { training } from "./training.js";

export const format = (() => {
  const { word } = studio;

  // A formatted number: 12,345; 0.0002.
  const number = (value) => value.toLocaleString(studio.language(), { maximumSignificantDigits: value < 1 ? 3 : 15 });

  // Seconds as a duration: "40 s", "4 min", "1 h 20 min".
  function duration(seconds) {
    if (seconds < 59.5) return word("train_seconds", { num: Math.max(1, Math.round(seconds)) });
    const minutes = Math.round(seconds / 60);
    if (minutes < 90) return word("train_minutes", { num: minutes });
    return word("train_hours", { hours: Math.floor(minutes / 60), num: minutes % 60 });
  }

  const memory = (bytes) => word("train_megabytes", { num: number(Math.max(1, Math.round(bytes / 2 ** 20))) });

  // A job's progress, 0 to 1: by images if their number is known, else by time.
  function share({ images = 0, total, minutes, seconds = 0 }) {
    const done = total ? images / total : minutes ? seconds / (60 * minutes) : 0;
    return Math.min(1, Math.max(0, done));
  }

  const percent = (job) => Math.floor(100 * share(job));

  const TITLES = {
    waiting: "train_title_waiting", running: "train_title_running", stopping: "train_title_stopping", paused: "train_title_paused",
    interrupted: "train_title_paused", finished: "train_title_finished", stopped: "train_title_finished", failed: "train_title_failed",
  };

  // "62 %, 4 min left" for the window's title; nothing without a job.
  function title({ job }) {
    if (!job?.state) return word("name");
    const known = job.state !== "running" || job.eta !== null;
    const left = job.eta === null ? "" : word("train_left", { time: duration(job.eta) });
    return `${word(known ? TITLES[job.state] : "train_title_unknown", { share: percent(job), left, place: job.place })} · ${word("name")}`;
  }

  const setTitle = () => { document.title = title(training.state()); };
  studio.follow(setTitle);
  training.follow(setTitle);
  return { number, duration, memory, share, percent };
})();
