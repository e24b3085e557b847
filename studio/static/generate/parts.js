// The parts of the Generate tab by name: each the script of one component.
export { children } from "./children.js";
export { mixing } from "./mixing.js";
export { projection } from "./projection.js";
export { units } from "./units.js";
