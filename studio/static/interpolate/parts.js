// The parts of the Interpolate tab: the scripts of its components.
export { blend } from "./blend.js";
export { interpolate } from "./interpolate.js";
