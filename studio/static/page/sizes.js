// The size of pictures: one number for squares, else [height, width], as the server's `size` and `cell`.
export const heightWidth = (size) => (Array.isArray(size) ? size : [size, size]);

export const longer = (size) => Math.max(...heightWidth(size));

export const sizeOf = ({ width, height }) => (width === height ? width : [height, width]);

// Sets the CSS variables `--width` and `--height` of `element` to those of pictures of this size, `scale` times as large.
export const setSides = (element, size, scale = 1) => {
  const [height, width] = heightWidth(size);
  element.style.setProperty("--width", `${width * scale}px`);
  element.style.setProperty("--height", `${height * scale}px`);
};
