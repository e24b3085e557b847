// The part of the Interpolate tab: the script of its component.
export { interpolate } from "./interpolate.js";
