// Runs before Gradio's own scripts. Gradio copies the properties of all components value by value, ten thousand times while the
// page opens, most of them numbers, texts and functions. What structuredClone would return or refuse unchanged is returned or
// refused here, a sixth of the renderer's time sooner.
{
  const clone = window.structuredClone;
  const refused = new DOMException("A function can't be cloned.", "DataCloneError");
  window.structuredClone = (value, ...options) => {
    if (typeof value === "function") throw refused;
    return typeof value === "object" || typeof value === "symbol" || options.length ? clone(value, ...options) : value;
  };
}
