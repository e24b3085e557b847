// The explored picture, painted and dragged: what its search aims at and starts from, and the slider from before to after.
import { pathSettings } from "../interpolate/interpolate.js";
import { paths } from "../interpolate/paths.js";
import { edited } from "../inversion/editing.js";
import { engine } from "../page/engine.js";
import { local } from "../page/local.js";
import { studio } from "../page/studio.js";
import { searching } from "./searching.js";

// `moment()` is the snapshot, `prior()` the weight of the prior, `take(latent)` makes a latent the explored one.
export const createEdits = (panel, drawing, { moment, prior, take }) => {
  const change = panel.querySelector(".yours-change");
  const slider = change.querySelector("input");
  let base = null; // the latent that is painted on
  let live = null; // the one that follows a drag
  let chosen = null; // the proposal taken last, { latent, strokes: painted by then }
  let moved = false; // whether another latent than the base was taken

  function begin(latent) {
    [base, live, chosen, moved] = [latent, null, null, false];
    show();
  }

  // The picture to come near to, and its weights: what is painted counts most, the rest should stay as it is.
  function goal() {
    const { picture, weights } = edited(drawing.picture(), drawing.painted(), drawing.kept(), drawing.drags());
    return { target: picture, weights };
  }

  // Where the next search starts: what followed the drag, else the proposal that was painted on, unless a stroke was taken back.
  function start() {
    if (chosen?.strokes > drawing.strokes()) chosen = null;
    const latent = live ?? chosen?.latent ?? base;
    live = null;
    return latent;
  }

  // Takes everything back once no stroke is left.
  function restore() {
    if (moved) take(base);
    begin(base);
  }

  // The explored picture follows a drag, by one step of the solver for each picture: 19 passes.
  const follow = engine.newest(async () => {
    if (!base || !drawing.drags().length || !local.has(moment())) return;
    const from = live ?? chosen?.latent ?? base;
    const { found: [next] } = await (await searching("follow", moment(), { ...goal(), prior: prior(), from })).done;
    live = { z: next.z, label: next.label };
    moved = true;
    take(next);
  });

  // A proposal was found or chosen: the end of the slider.
  function choose({ z, label }) {
    [live, moved] = [null, true];
    chosen = { latent: { z, label }, strokes: drawing.strokes() };
    slider.value = 1;
    show();
  }

  // Part of the way from before to after, on the path that Interpolate takes; the label changes in the middle.
  function between(share) {
    const { latent } = chosen;
    const z = paths[pathSettings.settings.mode](base.z, latent.z, share);
    take({ z, label: (share < 0.5 ? base : latent).label });
  }

  function show() {
    change.hidden = !chosen;
    slider.setAttribute("aria-valuetext", studio.word("yours_between_value", { percent: Math.round(100 * slider.value) }));
  }

  slider.oninput = () => { show(); between(Number(slider.value)); };
  return { begin, goal, start, restore, follow, choose, speak: show, on: () => base !== null };
};
