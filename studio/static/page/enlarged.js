// A canvas enlarged by whole numbers for a file.

// Returns a copy of at least `least` pixels in width, with sharp pixels or smooth.
export const enlarged = (canvas, least, sharp) => {
  const scale = Math.ceil(least / canvas.width);
  const copy = Object.assign(document.createElement("canvas"), { width: scale * canvas.width, height: scale * canvas.height });
  const context = copy.getContext("2d");
  context.imageSmoothingEnabled = !sharp;
  context.drawImage(canvas, 0, 0, copy.width, copy.height);
  return copy;
};
