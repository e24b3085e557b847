// The parts of the Train tab by name: each the script of one component, and their shared state.
export { example } from "./example.js";
export { form } from "./form.js";
export { jobs } from "./jobs.js";
export { race } from "./race.js";
export { settings } from "./settings.js";
export { publish } from "./publish.js";
export { rent } from "./rent.js";
export { uploads } from "./uploads.js";
export { watch } from "./watch.js";
export { formState } from "./form_state.js";
