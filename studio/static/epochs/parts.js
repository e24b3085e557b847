// The part of the Epochs tab that needs only its element.
export { album } from "./album.js";
