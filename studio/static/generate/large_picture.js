// The chosen picture, large: a canvas while its latent moves, then an image that can be saved.
//
// At most one of its requests is pending: the newest latent first; then, once it no longer moves, the pictures around
// it (`others()` gives [{ latents, show(pictures) }]); then the file.
import { engine } from "../page/engine.js";
import { local } from "../page/local.js";
import { present } from "../page/present.js";
import { longer, setSides } from "../page/sizes.js";
import { studio } from "../page/studio.js";
import { explore } from "./explore.js";

export const createLargePicture = (element, others) => {
  const REST = 160; // ms without a movement
  const [SIDE, NARROW] = [264, 224]; // pixels of a picture's longer side at most
  const GUTTER = 2; // as in the saved file
  const FEW = 4; // pictures that may delay a movement if this browser draws them one by one
  const part = (name) => element.querySelector(`.${name}`);
  const [frame, canvas, image, save] = ["frame", "live", "still", "save"].map(part);
  const narrow = matchMedia("(max-width: 860px)");
  let version = 0; // of the requested picture
  let painted = 0; // the displayed version
  let rested = 0; // the version whose other pictures are displayed
  let changes = 0; // of what is around it
  let calm = false;
  let timer = 0;
  let url = null;
  let onError = () => {};

  const question = (latents) => {
    const { run, images, truncation } = explore.scene();
    return { run, images, truncation, latents };
  };

  // Drops stale work: of another scene or an older latent.
  const update = engine.newest(async () => {
    if (!explore.scene() || !explore.state()) return;
    const asked = version;
    try {
      if (painted !== asked) await picture(asked);
      else if (calm && rested !== asked) await surroundings(asked);
      onError(null);
    } catch (error) {
      painted = asked;
      onError(error);
    }
  });

  async function picture(asked) {
    const [drawn] = await engine.draw(question([explore.latent()]));
    paint(drawn);
    painted = asked;
    if (asked !== version) return;
    clearTimeout(timer);
    timer = setTimeout(() => { calm = true; update(); }, REST);
  }

  function paint(drawn) {
    image.hidden = true;
    engine.picture(canvas, drawn);
    explore.painted += 1;
  }

  async function surroundings(asked) {
    const known = changes;
    const groups = others().filter(({ latents }) => latents.length);
    const latents = groups.flatMap((group) => group.latents);
    const step = local.has(explore.scene()) ? FEW : latents.length;
    const pictures = [];
    while (pictures.length < latents.length) {
      const at = pictures.length;
      pictures.push(...await engine.draw(question(latents.slice(at, at + step))));
      if (asked !== version) return;
    }
    groups.forEach((group) => group.show(pictures.splice(0, group.latents.length)));
    const { png, file } = await savable();
    if (asked !== version) return;
    if (known === changes) rested = asked; // else they are drawn again
    if (url) URL.revokeObjectURL(url);
    url = studio.png(png);
    image.src = save.href = url;
    for (const look of ["pixelated", "transparent"]) image.classList.toggle(look, canvas.classList.contains(look));
    image.hidden = false;
    save.download = file;
  }

  // The file to save, which the server makes.
  async function savable() {
    const latent = explore.latent();
    try {
      return await engine.ask({ what: "png", ...engine.latentFields(question([latent])), from: [latent.from] });
    } catch (error) {
      throw Object.assign(error, { word: "not_kept" });
    }
  }

  // The requested picture has changed.
  function refresh() {
    version += 1;
    calm = false;
    clearTimeout(timer);
    save.removeAttribute("href");
    fit();
    update();
  }

  // Only the pictures around it have changed.
  function surround() {
    rested = 0;
    changes += 1;
    update();
  }

  let fitted = "";
  function fit() {
    const scene = explore.scene();
    if (!scene) return;
    const zoom = present.zoom();
    const scale = Math.max(1, Math.floor(((narrow.matches ? NARROW : SIDE) * zoom) / longer(scene.size))) / zoom;
    const wanted = `${scene.size} ${scale}`;
    if (wanted === fitted) return;
    fitted = wanted;
    setSides(frame, scene.size, scale);
    frame.style.setProperty("--gutter", `${GUTTER * scale}px`);
  }

  explore.follow(refresh);
  addEventListener("resize", fit);
  present.follow(fit);
  return { surround, fail: (listener) => { onError = listener; } };
};
