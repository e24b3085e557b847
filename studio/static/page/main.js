// Imports all scripts of the page, and exports under `window.studio` what Gradio's components, the console and the tests call.
import "./gradio_fixes.js";
import { engine } from "./engine.js";
import { fetch } from "./fetch.js";
import { header } from "./header.js";
import { link } from "./link.js";
import { local } from "./local.js";
import * as parts from "./parts.js";
import { present } from "./present.js";
import { shelf, shelfRow } from "./shelf.js";
import { studio } from "./studio.js";
import { go, view } from "./view.js";
import { visitor } from "./visitor.js";
import { workerMain } from "./worker.js";
import { grid } from "../generate/cells.js";
import { axes } from "../generate/axes.js";
import { evolution } from "../generate/evolution.js";
import { explore } from "../generate/explore.js";
import { explorer } from "../generate/explorer.js";
import { switches } from "../generate/switches.js";
import { blends } from "../interpolate/blends.js";
import { keys } from "../interpolate/keyframes.js";
import { paths } from "../interpolate/paths.js";
import { timing } from "../epochs/timing.js";
import { epochs } from "../epochs/epochs.js";
import { training } from "../train/training.js";
import { format } from "../train/format.js";
import { formState } from "../train/form_state.js";
import { sending } from "../train/sending.js";
import { presets } from "../learn/presets.js";
import { createSolver } from "../inversion/solver.js";
import { tinyGan } from "../learn/tinygan.js";
import { tinyLosses } from "../learn/tinylosses.js";
import { tiny } from "../learn/tinynet.js";
import { toyControls } from "../learn/toy.js";
import { updates } from "../learn/updates.js";

export const all = Object.assign(Object.create(studio), { // its getters stay getters
  engine, fetch, header, link, local, parts, present, shelf, shelfRow, go, view, visitor, worker: workerMain, createSolver,
  grid, explore, explorer, axes, evolution, switches, blends, keys, paths, timing, epochs,
  training: { ...training, ...format, ...parts.train }, sending, formState, presets, tinyGan, tinyLosses, tiny, toy: toyControls, updates,
});
window.studio = all;
