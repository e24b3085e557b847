// The part of the Sweep tab.
export { sweep } from "./sweep.js";
