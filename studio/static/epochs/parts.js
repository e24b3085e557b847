// The part of the Epochs tab that needs nothing but its place: the script of that component.
export { album } from "./album.js";
