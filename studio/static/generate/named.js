// Axes with names: directions by what they move, which a run's directions.json holds, those from marked samples, and the
// attributes that they shall keep.
import { studio } from "../page/studio.js";

export const named = (() => {
  const LEAST_R2 = 0.3; // of an axis that is offered
  const NOTICED = 0.3; // standard deviations of an attribute; smaller side effects aren't listed
  const MOST = 3; // that are listed
  const ALONE = 0.1; // of its length that is left of a direction when others are kept: less is hardly its own
  const LABEL = "label"; // what keeps all digits' logits

  const dot = (one, other) => one.reduce((sum, value, i) => sum + value * other[i], 0);
  const less = (one, other, factor) => one.map((value, i) => value - factor * other[i]);
  const isMarked = ({ marked }) => marked !== undefined;
  const measured = (attributes) => attributes.filter((one) => !isMarked(one));
  const isDigit = (one) => !isMarked(one) && one.name.startsWith("digit ");

  // An orthonormal basis of the span of some vectors, by Gram and Schmidt.
  const basisOf = (vectors) => vectors.reduce((basis, vector) => {
    const rest = basis.reduce((left, axis) => less(left, axis, dot(left, axis)), vector);
    const length = Math.sqrt(dot(rest, rest));
    return length > 1e-4 ? [...basis, rest.map((value) => value / length)] : basis;
  }, []);

  // The axes of attributes { name, word, r2, gradient }, each without what it would move of the kept ones: first those from marked
  // samples, which have `marked` instead of r2, then the best explained.
  function axes(attributes, keep) {
    const kept = measured(attributes).filter((one) => keep.includes(one.name) || (keep.includes(LABEL) && isDigit(one)));
    const explained = measured(attributes).filter(({ r2 }) => r2 >= LEAST_R2).sort((one, other) => other.r2 - one.r2);
    const offered = [...attributes.filter(isMarked), ...explained];
    return offered.flatMap((attribute, i) => {
      const basis = basisOf(kept.filter((one) => one !== attribute).map(({ gradient }) => gradient));
      const rest = basis.reduce((left, axis) => less(left, axis, dot(left, axis)), attribute.gradient);
      const [length, whole] = [rest, attribute.gradient].map((vector) => Math.sqrt(dot(vector, vector)));
      if (length < ALONE * whole) return [];
      const unit = rest.map((value) => value / length);
      const read = (z) => dot(unit, z);
      const also = measured(attributes).filter((one) => one !== attribute).map((one) => ({ attribute: one, by: dot(one.gradient, unit) }))
        .filter(({ by }) => Math.abs(by) >= NOTICED).sort((one, other) => Math.abs(other.by) - Math.abs(one.by)).slice(0, MOST);
      return [{
        number: i + 1, named: false, attribute, also, r2: attribute.r2 * (length / whole) ** 2, read,
        moved: (z, value) => { const step = value - read(z); return z.map((before, at) => before + step * unit[at]); },
      }];
    });
  }

  // What can be kept: the label where digits were read, and the attributes that are offered.
  const choices = (attributes) => [
    ...(attributes.some(isDigit) ? [LABEL] : []), ...measured(attributes).filter(({ r2 }) => r2 >= LEAST_R2).map(({ name }) => name),
  ];

  function say(attribute) {
    if (attribute.word) return studio.word(attribute.word);
    return isDigit(attribute) ? studio.word("attribute_digit", { digit: attribute.name.slice(6) }) : attribute.name;
  }

  // How many samples were marked, and how far they agree.
  const marks = ({ right, ...counts }) => studio.word(right === null ? "marked_about" : "marked_order", { ...counts, right, all: counts.more * counts.less });

  function about({ attribute: { marked }, r2, also }) {
    const others = also.map(({ attribute, by }) => studio.word(by > 0 ? "named_more" : "named_less", { attribute: say(attribute) })).join(", ");
    if (marked) return others ? studio.word("marked_also", { marks: marks(marked), others }) : marks(marked);
    return studio.word(others ? "named_also" : "named_about", { r2: r2.toFixed(2), others });
  }

  // The buttons of what is kept; `changed(keep)` after a click.
  function offer(place, attributes, keep, changed) {
    const heading = Object.assign(document.createElement("span"), { textContent: studio.word("named_keep") });
    const buttons = choices(attributes).map((name) => {
      const attribute = attributes.find((one) => one.name === name);
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = attribute ? say(attribute) : studio.word("named_label");
      button.setAttribute("aria-pressed", keep.includes(name));
      button.onclick = () => changed(keep.includes(name) ? keep.filter((one) => one !== name) : [...keep, name]);
      return button;
    });
    const at = [...place.children].indexOf(document.activeElement);
    place.replaceChildren(...(measured(attributes).length ? [heading, ...buttons] : [studio.word("named_none")]));
    if (at > 0) place.children[at]?.focus();
  }

  return { axes, say, about, marks, offer };
})();
