// The axes along which a latent is moved. An axis returns a latent's coordinate on it, and the latent at another coordinate.
import { studio } from "../page/studio.js";

export const axes = (() => {
  const dot = (one, other) => one.reduce((sum, value, i) => sum + value * other[i], 0);

  // The dual basis of some vectors: the vectors times the inverse of their Gram matrix, by Gauss-Jordan elimination. So no
  // slider moves another, though principal directions of a sample aren't quite orthogonal.
  function readers(vectors) {
    const rows = vectors.map((vector) => [...vectors.map((other) => dot(vector, other)), ...vector]);
    rows.forEach((row, i) => {
      const pivot = row[i];
      row.forEach((value, at) => { row[at] = value / pivot; });
      rows.forEach((other, j) => {
        const factor = other[i];
        if (j !== i) other.forEach((value, at) => { other[at] = value - factor * row[at]; });
      });
    });
    return rows.map((row) => row.slice(vectors.length));
  }

  // Principal directions; coordinates are in standard deviations.
  function directions(vectors) {
    const reader = readers(vectors);
    return vectors.map((vector, i) => {
      const read = (z) => dot(reader[i], z);
      return { number: i + 1, named: true, read, moved: (z, value) => {
        const step = value - read(z);
        return z.map((before, at) => before + step * vector[at]);
      } };
    });
  }

  // The latent's components.
  const raw = (dim) => Array.from({ length: dim }, (_, i) => ({
    number: i + 1, named: false, read: (z) => z[i], moved: (z, value) => Float32Array.from(z, (before, at) => (at === i ? value : before)),
  }));

  return { directions, raw };
})();

// The names that a visitor gave to the directions of a snapshot; this browser remembers them.
export const axisNames = (() => {
  const KEY = "studio-direction-names";
  const MOST = 200; // snapshots; the oldest are dropped
  const place = ({ lineage, images }) => `${lineage} ${images}`;

  function all() {
    try {
      const kept = JSON.parse(studio.stored(KEY) ?? "{}");
      return kept && typeof kept === "object" ? kept : {};
    } catch {
      return {};
    }
  }

  function get(scene, number) {
    const name = all()[place(scene)]?.[number];
    return typeof name === "string" ? name : "";
  }

  function set(scene, number, name) {
    const { [place(scene)]: before, ...others } = all();
    const kept = Object.entries(others).slice(-MOST + 1);
    studio.store(KEY, JSON.stringify(Object.fromEntries([...kept, [place(scene), { ...before, [number]: name }]])));
  }

  return { get, set };
})();
