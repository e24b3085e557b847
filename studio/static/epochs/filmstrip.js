// The strip: each row is one latent, each column a moment. Hovering over a column calls `picked(images)`, a click on
// a picture `pressed(row)`.
import { studio } from "../page/studio.js";
import { timing } from "./timing.js";
import { createCaption } from "./caption.js";
import { createPictureGrid, layout } from "./picture_grid.js";

export const createFilmstrip = (section, { picked, pressed }) => {
  const MOST_COLUMNS = 12;
  const ROWS = 8;
  const part = (name) => section.querySelector(`.${name}`);
  const [heads, names, place, mark] = ["strip-heads", "strip-names", "plate", "strip-mark"].map(part);
  const setCaption = createCaption(part("credit"));
  let track = null;
  let moments = [];
  let rows = 0;
  let marked = 0; // the column
  let caption = () => "";

  const grid = createPictureGrid(place, {
    stride: () => moments.length,
    pressed: (index) => {
      picked(moments[index % moments.length].images);
      pressed(Math.floor(index / moments.length));
    },
  });

  const texts = (list) => list.map((text) => Object.assign(document.createElement("span"), { textContent: text }));

  function draw(images) {
    moments.forEach((moment, column) => {
      if (images !== undefined && moment.images !== images) return;
      const pictures = track.cache.pictures(moment.images);
      for (let row = 0; pictures && row < rows; row++) grid.show(row * moments.length + column, pictures[row], track.facts);
    });
  }

  function speak() {
    if (!track) return;
    heads.replaceChildren(...texts(moments.map(({ images, epoch }) => (images ? epoch : "0"))));
    heads.dataset.head = studio.word("heads");
    moments.forEach((moment, column) => {
      for (let row = 0; row < rows; row++) {
        grid.name(row * moments.length + column, studio.word("latent_at", { latent: track.name(row), moment: studio.moment(moment) }));
      }
    });
    const span = studio.word("span", { first: studio.moment(moments[0]), last: studio.moment(moments.at(-1)) });
    const { facts: { run }, truncation } = track;
    setCaption(caption(span), { run, images: moments.map(({ images }) => images), latents: track.latents.slice(0, rows), truncation });
    turn();
  }

  // Shows a track; `captionOf(moment)` returns its caption for a moment.
  function lay(shown, captionOf) {
    [track, caption] = [shown, captionOf];
    const { facts, latents } = track;
    const classes = facts.classes.length;
    rows = Math.min(latents.length, classes > ROWS && classes <= MOST_COLUMNS ? classes : ROWS);
    names.hidden = track.labels.every((label) => label === "");
    names.replaceChildren(...texts(track.labels.slice(0, rows)));
    const most = Math.min(MOST_COLUMNS, track.moments.length);
    const { columns, cell } = layout.strip(most, facts.size, section.clientWidth - names.offsetWidth);
    moments = timing.spread(track.moments, columns);
    grid.lay({ num: rows * moments.length, columns: moments.length, cell });
    const [down, across] = cell.map((side) => side + layout.gap());
    section.style.setProperty("--pitch", `${across}px`);
    section.style.setProperty("--row-pitch", `${down}px`);
    speak();
    draw();
  }

  // The column of the cursor: the last moment that isn't later.
  function turn(images) {
    if (images !== undefined) marked = Math.max(0, moments.findLastIndex((moment) => moment.images <= images));
    mark.style.setProperty("--at", marked);
    [...heads.children].forEach((head, column) => head.toggleAttribute("data-current", column === marked));
    if (images !== undefined && grid.focused()) grid.reach(grid.current() - (grid.current() % moments.length) + marked, true);
  }

  place.addEventListener("pointermove", (event) => {
    const index = event.pointerType === "mouse" ? grid.at(event.target) : -1;
    if (index >= 0 && index % moments.length !== marked) picked(moments[index % moments.length].images, true);
  });

  return { lay, draw, turn };
};
