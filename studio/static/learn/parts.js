// The chapters of the Learn tab by name: each the script of one component.
export { derivations } from "./derivations.js";
export { game } from "./game.js";
export { lesson } from "./lesson.js";
export { myths } from "./myths.js";
export { report } from "./report.js";
export { toy } from "./toy.js";
export { verdict } from "./verdict.js";
