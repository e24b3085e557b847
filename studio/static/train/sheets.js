// Small pictures on a canvas: in columns with gutters on grey (transparent ones on a checkerboard), at a whole multiple of
// their size.
//
// A picture is { image, x, y, size (sizes.js), transparent }: a part of an image, or of an ImageData made into one by
// `pictures`.
import { heightWidth, longer, sizeOf } from "../page/sizes.js";

export const sheets = (() => {
  const GUTTER = 2;
  const GROUND = "#808080"; // as in the server's sheets
  const SIDE = 56; // CSS pixels of a small picture's longer side, about

  const canvasOf = (width, height) => Object.assign(document.createElement("canvas"), { width, height });

  const pitchOf = (size) => heightWidth(size).map((side) => side + GUTTER);

  // ImageData as pictures.
  const pictures = (drawn) => drawn.map((data) => {
    const image = canvasOf(data.width, data.height);
    image.getContext("2d").putImageData(data, 0, 0);
    return { image, x: 0, y: 0, size: sizeOf(data), transparent: data.data.some((value, i) => i % 4 === 3 && value < 255) };
  });

  // The pictures of a run's own grid, down its columns: where each row has a label, the labels in turn.
  function cut(image, { size, transparent }) {
    const [down, across] = pitchOf(size);
    const [columns, rows] = [[image.naturalWidth, across], [image.naturalHeight, down]].map(([length, pitch]) => Math.floor((length - GUTTER) / pitch));
    return Array.from({ length: columns * rows }, (_, i) => (
      { image, x: GUTTER + across * Math.floor(i / rows), y: GUTTER + down * (i % rows), size, transparent }
    ));
  }

  // An answer's lossless picture, decoded.
  async function decode(webp) {
    const image = Object.assign(new Image(), { src: `data:image/webp;base64,${webp}` });
    await image.decode();
    return image;
  }

  // How many columns and rows fill a place of `width` pixels, and at which factor.
  function lay(width, size, rows) {
    const scale = Math.max(1, Math.floor(SIDE / longer(size)));
    const columns = Math.max(1, Math.floor((width / scale - GUTTER) / pitchOf(size)[1]));
    return { scale, columns, rows: Math.min(rows, columns) };
  }

  function draw(canvas, shown, { scale, columns, rows }) {
    const some = shown.slice(0, columns * rows);
    const size = some[0]?.size ?? 1;
    const [[height, width], [down, across]] = [heightWidth(size), pitchOf(size)];
    canvas.width = GUTTER + columns * across;
    canvas.height = GUTTER + Math.max(1, Math.ceil(some.length / columns)) * down;
    canvas.style.width = `${canvas.width * scale}px`;
    canvas.classList.add("picture");
    canvas.classList.toggle("pixelated", longer(size) <= 32);
    const transparent = some.some((picture) => picture.transparent);
    canvas.classList.toggle("transparent", transparent);
    const context = canvas.getContext("2d");
    context.fillStyle = GROUND;
    if (!transparent) context.fillRect(0, 0, canvas.width, canvas.height);
    some.forEach(({ image, x, y }, i) => {
      const [left, top] = [GUTTER + (i % columns) * across, GUTTER + Math.floor(i / columns) * down];
      context.drawImage(image, x, y, width, height, left, top, width, height);
    });
  }

  // A row of three sheets, redrawn when the page's width changes. `show(panels)`: each is { name, pictures, says }, where
  // `says` is the caption or, without pictures, the reason.
  function panels(place) {
    const ROWS = [4, 2]; // side by side on a wide page, and on a narrow one
    let shown = [];

    function fit() {
      if (!place.clientWidth) return;
      const figures = [...place.children];
      const beside = figures.length < 2 || figures[0].offsetTop === figures[1].offsetTop;
      figures.forEach((figure, i) => {
        const { pictures: drawn } = shown[i];
        const canvas = figure.querySelector("canvas");
        canvas.hidden = !drawn.length;
        if (drawn.length) draw(canvas, drawn, lay(figure.clientWidth, drawn[0].size, ROWS[beside ? 0 : 1]));
      });
    }

    function figureOf() {
      const figure = document.createElement("figure");
      figure.className = "train-panel";
      figure.append(Object.assign(document.createElement("h3")), canvasOf(1, 1), document.createElement("p"));
      figure.children[1].setAttribute("role", "img");
      return figure;
    }

    function show(wanted) {
      shown = wanted;
      while (place.children.length > shown.length) place.lastChild.remove();
      while (place.children.length < shown.length) place.append(figureOf());
      shown.forEach(({ name, says }, i) => {
        const [heading, canvas, caption] = place.children[i].children;
        [heading.textContent, caption.textContent] = [name, says];
        canvas.ariaLabel = `${name}: ${says}`;
      });
      fit();
    }

    new ResizeObserver(fit).observe(place);
    return show;
  }

  return { pictures, cut, decode, lay, draw, panels };
})();
