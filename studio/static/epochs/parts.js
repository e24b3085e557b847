// The part of the Epochs tab that needs only its element.
export { grids } from "./grids.js";
