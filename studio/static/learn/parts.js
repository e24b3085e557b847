// The parts of the Learn tab by name, its contents and chapters: each the script of one component.
export { contents } from "./contents.js";
export { derivations } from "./derivations.js";
export { game } from "./game.js";
export { lesson } from "./lesson.js";
export { myths } from "./myths.js";
export { passages } from "./passages.js";
export { report } from "./report.js";
export { toy } from "./toy.js";
export { verdict } from "./verdict.js";
