// The text of local.js's worker: a call of workerMain with the functions that it uses, none of which can refer to the page.
import { createBlender } from "./blender.js";
import { createGraph } from "./graph.js";
import { createJudge } from "./judge.js";
import { createSearches } from "../inversion/searches.js";
import { createSolver } from "../inversion/solver.js";
import { workerMain } from "./worker.js";

export const workerCode = `(${workerMain})(${createSolver}, ${createSearches}, ${createBlender}, ${createJudge}, ${createGraph});`;
