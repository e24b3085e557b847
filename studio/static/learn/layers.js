// The networks layer by layer, each as a table.
import { studio } from "../page/studio.js";

export const createLayers = (place) => {
  const KINDS = {
    Linear: "lesson_layer_Linear", Conv2d: "lesson_layer_Conv2d", ConvTranspose2d: "lesson_layer_ConvTranspose2d",
    BatchNorm1d: "lesson_layer_BatchNorm1d", BatchNorm2d: "lesson_layer_BatchNorm2d", ReLU: "lesson_layer_ReLU",
    LeakyReLU: "lesson_layer_LeakyReLU", Tanh: "lesson_layer_Tanh", MaxPool2d: "lesson_layer_MaxPool2d",
    Upsample: "lesson_layer_Upsample", Flatten: "lesson_layer_Flatten", Unflatten: "lesson_layer_Unflatten",
    Dropout: "lesson_layer_Dropout", Dropout2d: "lesson_layer_Dropout2d", Embedding: "lesson_layer_Embedding",
    Concat: "lesson_layer_Concat", Add: "lesson_layer_Add", UpsamplingBilinear2d: "lesson_layer_UpsamplingBilinear2d", Constant: "lesson_layer_Constant",
    Modulated: "lesson_layer_Modulated",
  };
  const TOLD = {
    kernel: "lesson_told_kernel", stride: "lesson_told_stride", padding: "lesson_told_padding",
    groups: "lesson_told_groups", slope: "lesson_told_slope", share: "lesson_told_share", eps: "lesson_told_eps",
    bias: "lesson_told_no_bias", spectral: "lesson_told_spectral",
  };
  const NETWORKS = [
    ["generator", "lesson_generator_total", "lesson_input_z"], ["discriminator", "lesson_discriminator_total", "lesson_input_image"],
  ];
  const HEADS = ["lesson_head_layer", "lesson_head_shape", "lesson_head_parameters", "lesson_head_formula"];

  const make = (tag, className = "", text = "") => Object.assign(document.createElement(tag), { className, textContent: text });
  const number = (value) => value.toLocaleString(studio.language());
  const size = (shape) => (shape.length ? shape.join(" × ") : "1");

  function row(name, detail, ...cells) {
    const line = make("tr");
    const head = make("th");
    head.scope = "row";
    head.append(name, make("span", "told", detail));
    line.append(head, ...cells.map((cell) => make("td", "", cell)));
    return line;
  }

  const unbroken = (text) => text.replaceAll(" ", "\u00a0");
  const settings = (said) =>
    Object.entries(said).map(([key, value]) => unbroken(TOLD[key] ? studio.word(TOLD[key], { value }) : `${key} ${value}`)).join(studio.word("lesson_comma"));
  const layer = ({ kind, settings: said, shape, parameters, formula }) =>
    row(KINDS[kind] ? studio.word(KINDS[kind]) : kind, settings(said), size(shape), parameters ? number(parameters) : "", formula ?? "");

  function table(role, { input, layers, total }, title, entry) {
    const fold = make("details", role);
    fold.open = true;
    const says = studio.word(title, { total: number(total) });
    const scroll = make("div", "scroll");
    scroll.tabIndex = 0;
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", says);
    const grid = make("table");
    const head = grid.createTHead().insertRow();
    head.append(...HEADS.map((key) => Object.assign(make("th", "", studio.word(key)), { scope: "col" })));
    grid.createTBody().append(row(studio.word(entry), "", size(input), "", ""), ...layers.map(layer));
    grid.createTFoot().append(row(studio.word("lesson_total"), "", "", number(total), ""));
    scroll.append(grid);
    fold.append(make("summary", "", says), scroll);
    return fold;
  }

  function draw(networks) {
    place.replaceChildren(...NETWORKS.map(([role, ...words]) => table(role, networks[role], ...words)));
  }
  return { draw };
};
