// Imports the scripts that the page opens with, and exports under `window.studio` what Gradio's components, the console and the
// tests call; later.js adds the others.
import "./gradio_fixes.js";
import { engine } from "./engine.js";
import { fetch } from "./fetch.js";
import { header } from "./header.js";
import { link } from "./link.js";
import { local } from "./local.js";
import { present } from "./present.js";
import { later, rest, soon } from "./rest.js";
import { shelf, shelfRow } from "./shelf.js";
import { studio } from "./studio.js";
import { go, view } from "./view.js";
import { visitor } from "./visitor.js";
import { grid } from "../generate/cells.js";
import { axes } from "../generate/axes.js";
import { evolution } from "../generate/evolution.js";
import { explore } from "../generate/explore.js";
import { explorer } from "../generate/explorer.js";
import { own } from "../generate/own.js";
import { switches } from "../generate/switches.js";
import { keys } from "../interpolate/keyframes.js";
import { paths } from "../interpolate/paths.js";
import { training } from "../train/training.js";
import { format } from "../train/format.js";

export const all = Object.assign(Object.create(studio), { // its getters stay getters
  engine, fetch, header, later, link, local, present, rest, soon, shelf, shelfRow, go, view, visitor,
  grid, explore, explorer, axes, evolution, own, switches, keys, paths, training: { ...training, ...format },
});
window.studio = all;
