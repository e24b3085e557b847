// Imports the scripts of the other tabs, of Generate's panels and of what draws in the browser, and adds to main.js what is called
// by name.
import { all } from "./main.js";
import { LATER_STYLE } from "./later_style.js";
import { LATER_WORDS } from "./later_words.js";
import * as parts from "./parts.js";
import { addStyle } from "./style.js";
import { WORDS } from "./words.js";
import { workerMain } from "./worker.js";
import { epochs } from "../epochs/epochs.js";
import { timing } from "../epochs/timing.js";
import { layerMixing } from "../generate/layer_mixing.js";
import { blends } from "../interpolate/blends.js";
import { edited } from "../inversion/editing.js";
import { createSolver } from "../inversion/solver.js";
import { presets } from "../learn/presets.js";
import { tinyGan } from "../learn/tinygan.js";
import { tinyLosses } from "../learn/tinylosses.js";
import { tiny } from "../learn/tinynet.js";
import { toyControls } from "../learn/toy.js";
import { updates } from "../learn/updates.js";
import { formState } from "../train/form_state.js";
import { sending } from "../train/sending.js";

addStyle(LATER_STYLE);
Object.entries(LATER_WORDS).forEach(([language, said]) => Object.assign(WORDS[language], said));
export const whole = Object.assign(all, {
  blends, createSolver, edited, epochs, formState, layerMixing, presets, sending, timing, tiny, tinyGan, tinyLosses, toy: toyControls, updates,
  parts, training: { ...all.training, ...parts.train }, worker: workerMain,
});
export { workerCode } from "./worker_code.js";
