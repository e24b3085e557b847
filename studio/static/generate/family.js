// A family of bred pictures: who is whose child, and how. A node is a latent { z, label, from } with its `parents`, nodes, the first
// of which it stands behind in the tree; `bred`, { way, far, seed, index, images } of evolution.js, null for a latent from elsewhere;
// and `round`, how often other children of it were asked for.
import { engine } from "../page/engine.js";
import { link } from "../page/link.js";
import { axes } from "./axes.js";
import { evolution } from "./evolution.js";

export const createFamily = () => {
  const MOST = 64; // nodes; the oldest without children are dropped first
  const NEAR = 1e-5; // rounding error between equal latents
  const MOST_PARENTS = 7; // the chosen picture and the shelf
  let nodes = []; // parents before children

  const same = (one, other) => one.label === other.label && one.z.length === other.z.length
    && one.z.every((value, i) => Math.abs(value - other.z[i]) <= NEAR);
  const find = (latent) => nodes.findLast((node) => same(node, latent));

  function add({ z, label, from, parents = [], bred = null, round = 0 }) {
    const node = { z, label, from, parents, bred, round };
    nodes.push(node);
    if (nodes.length > MOST) {
      const parents = new Set(nodes.flatMap((one) => one.parents));
      const dropped = nodes.find((one) => one !== node && !parents.has(one)) ?? nodes[0];
      nodes = nodes.filter((one) => one !== dropped);
    }
    return node;
  }

  // A latent's node; a new one if there is none.
  const of = (latent) => find(latent) ?? add(latent);

  // From the first ancestor to a node, by first parents.
  function line(node) {
    const before = node.parents[0];
    return before && nodes.includes(before) ? [...line(before), node] : [node];
  }

  // [{ node, column, row }]: a column for each generation, a row for each line. A latent from elsewhere stands beside its first child.
  function layout() {
    const columns = new Map();
    nodes.forEach((node) => columns.set(node, Math.max(-1, ...node.parents.map((parent) => columns.get(parent) ?? -1)) + 1));
    const children = (node) => nodes.filter(({ parents }) => parents.includes(node));
    const founders = nodes.filter(({ parents }) => !parents.length);
    founders.filter((node) => children(node).length)
      .forEach((node) => columns.set(node, Math.min(...children(node).map((child) => columns.get(child))) - 1));
    const rows = new Map();
    let row = -1;
    const place = (node) => {
      rows.set(node, row);
      children(node).filter(({ parents }) => parents[0] === node).forEach((child, i) => {
        if (i) row += 1;
        place(child);
      });
    };
    nodes.filter(({ parents }) => !nodes.includes(parents[0])).forEach((node) => {
      row += 1;
      place(node);
    });
    return nodes.map((node) => ({ node, column: columns.get(node), row: rows.get(node) }));
  }

  // ------------------------------------------------------------------------------------------------- links

  // A node's form in a link: its latent, or its parents' numbers and how it was bred.
  function pack({ parents, bred, ...latent }) {
    const of = parents.map((parent) => nodes.indexOf(parent)).filter((number) => number >= 0);
    if (!bred || of.length < parents.length) return { ...link.pack(latent), ...(of.length && { p: of }) };
    const { way, far, seed, index, images } = bred;
    return { p: of, b: [way, seed, index, ...(way === "mutants" ? [far] : way === "directions" ? [images] : [])], l: latent.label };
  }

  async function bredAnew({ p, b: [way, seed, index, more], l }, grown, { run, latent }) {
    const parents = p.map((number) => grown[number]);
    const fits = evolution.ways.includes(way) && Number.isInteger(seed) && index >= 0 && index < evolution.NUM
      && parents.every(Boolean) && parents.length <= MOST_PARENTS && (way === "mutants" ? parents.length === 1 : parents.length > 1);
    if (!fits) throw new Error("no child");
    const far = way === "mutants" ? Math.max(0, Math.min(1, Number(more))) : undefined;
    const along = way === "directions" ? axes.directions(await engine.directions({ run, images: more })) : undefined;
    const { z } = evolution.generation(parents, { way, far, along, latent }, seed)[index];
    return { z, label: l ?? null, from: null, parents, bred: { way, far, seed, index, images: more } };
  }

  // Takes over a link's nodes, which are untrusted; rejects invalid ones.
  async function open(packed, facts) {
    const grown = [];
    for (const one of packed.slice(0, MOST)) {
      const child = one.b ? await bredAnew(one, grown, facts) : { parents: (one.p ?? []).map((number) => grown[number]) };
      if (child.parents.includes(undefined)) throw new Error("no parent");
      const { z, label, from } = await link.unpack(one.b ? link.pack(child) : one, facts.run); // checks it
      grown.push({ z, label, from, bred: child.bred ?? null, parents: child.parents, round: 0 });
    }
    nodes = grown;
  }

  return {
    find, of, add, line, layout, open,
    clear: () => { nodes = []; },
    nodes: () => nodes,
    pack: () => nodes.map(pack),
  };
};
