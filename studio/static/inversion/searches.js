// Searches for latents, for the web worker: created there from this function's text, so it can't refer to the page. `solver` is
// that of solver.js; `sessions` are the worker's, `outputs` calls one, `inTurn(work)` waits for the calls before, and
// `paint(images, pixels)` writes images as RGBA.
export const createSearches = ({ solver, sessions, outputs, inTurn, paint }) => {
  const BATCH = 16; // pictures at once
  const [CANDIDATES, LONGEST] = [640, 1500]; // of a search, and ms for drawing them; two of each label at least
  const NEARLY_ONE = 1 - 2 ** -20; // the largest value of a pixel whose inverse tanh is taken
  const OFTEN = 60; // ms between reports of a search
  const [LIKELY, LIKELIER] = [8, 4]; // the prior of an edit's likelier proposal: at least, in grey levels, and times the chosen one
  const stocks = new Map(); // promises of a snapshot's candidates, by key
  const stopped = new Set(); // ids of searches to stop
  let helper = null; // a second worker on another core, which draws half of the pictures: { ask(question), keys of its snapshots }
  let trail = null; // the last search that followed a drag, { key, search }

  function join({ port }) {
    const waiting = new Map();
    let asked = 0;
    port.onmessage = ({ data: { id, ...answer } }) => {
      const { resolve, reject } = waiting.get(id);
      waiting.delete(id);
      if (answer.problem === undefined) resolve(answer);
      else reject(new Error(answer.problem));
    };
    const ask = (question) => new Promise((resolve, reject) => {
      waiting.set(++asked, { resolve, reject });
      port.postMessage({ id: asked, ...question });
    });
    helper = { ask, keys: new Set() };
  }

  // Lets the helper load a snapshot as well. A graphics card has no use for it.
  async function share(key) {
    const { way, opened } = sessions.get(key);
    if (!helper || way !== "wasm" || helper.keys.has(key)) return;
    await helper.ask({ what: "open", ...opened });
    helper.keys.add(key);
  }

  // ------------------------------------------------------------------------------------------------- drawing

  // The values before tanh of latents, each a Float32Array (channels, height, width).
  async function valuesOf(key, latents, labels) {
    const mine = helper?.keys.has(key) ? Math.ceil(latents.length / 2) : latents.length;
    const question = { what: "values", key, latents: latents.slice(mine), labels: labels.slice(mine) };
    const [own, others] = await Promise.all([
      values({ key, latents: latents.slice(0, mine), labels: labels.slice(0, mine) }),
      mine < latents.length ? helper.ask(question) : { drawn: [] },
    ]);
    return [...own.drawn, ...others.drawn];
  }

  async function values({ key, latents, labels }) {
    const { module, session } = sessions.get(key);
    const drawn = [];
    for (let at = 0; at < latents.length; at += BATCH) {
      const part = latents.slice(at, at + BATCH);
      const z = new Float32Array(part.length * part[0].length);
      part.forEach((one, i) => z.set(one, i * one.length));
      const [name] = session.outputNames.slice(-1); // "values", or "images" of a generator without a tanh at its end
      const { [name]: tensor } = await inTurn(() => outputs(module, session, z, labels.slice(at, at + BATCH).map((label) => label ?? 0), {}, [name]));
      const all = name === "values" ? tensor.data : tensor.data.map((value) => Math.atanh(Math.min(NEARLY_ONE, Math.max(-NEARLY_ONE, value))));
      const length = all.length / part.length;
      part.forEach((_, i) => drawn.push(all.slice(i * length, (i + 1) * length)));
      tensor.dispose();
    }
    return { drawn };
  }

  const drawing = (key) => (latents, label) => valuesOf(key, latents, latents.map(() => label));

  // Latents { z, label } with their values.
  async function valued(key, latents) {
    const drawn = await valuesOf(key, latents.map(({ z }) => z), latents.map(({ label }) => label));
    return latents.map((one, i) => ({ ...one, values: drawn[i] }));
  }

  // Two independent normal numbers, by Box-Muller.
  const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  const numbers = { normal, uniform: () => 2 * Math.random() - 1 };
  const bounds = { normal: Infinity, uniform: 1 };

  // Random latents of every label with their values, drawn once for a snapshot: the candidates that searches start from.
  function stock({ key, dim, stocked, latent }) {
    const draw = async () => {
      await share(key).catch(() => { helper = null; }); // one core does it, too
      const began = performance.now();
      const found = [];
      const enough = () => found.length >= CANDIDATES || (performance.now() - began > LONGEST && found.length >= 2 * stocked.length);
      while (!enough()) {
        found.push(...await valued(key, Array.from({ length: BATCH }, (_, i) => ({
          z: Float32Array.from({ length: dim }, numbers[latent]), label: stocked[(found.length + i) % stocked.length],
        }))));
      }
      return found;
    };
    if (!stocks.has(key)) stocks.set(key, draw());
    stocks.get(key).catch(() => stocks.delete(key));
    return stocks.get(key);
  }

  // ------------------------------------------------------------------------------------------------- searches

  // A report of a search in progress, now and then.
  function reporting(id, question) {
    let told = 0;
    return (found) => {
      if (performance.now() - told < OFTEN) return;
      told = performance.now();
      self.postMessage({ id, progress: found.map((one) => shown(one, question)) });
    };
  }

  // The latents nearest to a picture, `target` as the generator's images; `from` holds latents to start from as well.
  async function search({ id, key, dim, stocked, latent, from = [], ...question }) {
    const all = await stock({ key, dim, stocked, latent });
    const candidates = [...await valued(key, from), ...all];
    const found = await solver.search(drawing(key), candidates, { ...question, bound: bounds[latent] }, reporting(id, question), () => stopped.has(id));
    stopped.delete(id);
    return { found: found.map((one) => shown(one, question)), typical: typical(all) };
  }

  // Four proposals of the painted picture: from the latent at hand, the same likelier, and from the nearest random pictures of its
  // label and of another.
  async function edit({ id, key, dim, stocked, latent, from, ...question }) {
    const bounded = { ...question, bound: bounds[latent] };
    const [[begun], all] = await Promise.all([valued(key, [from]), stock({ key, dim, stocked, latent })]);
    const near = solver.nearest(all, bounded);
    const same = near.find(({ label }) => label === begun.label);
    const other = near.find((one) => one !== same && (one.label === null || one.label !== begun.label));
    const { prior } = question;
    const starts = [
      { ...begun, way: "here", prior }, { ...begun, way: "likelier", prior: Math.max(LIKELY, LIKELIER * prior) },
      { ...same, way: "another", prior }, { ...other, way: other?.label === null ? "another" : "label", prior },
    ].filter(({ z }) => z);
    const found = await solver.edit(drawing(key), starts, bounded, reporting(id, question), () => stopped.has(id));
    stopped.delete(id);
    return { found: found.map((one) => shown(one, question)) };
  }

  // One step from the latent at hand. Where that is the last one's result, its Jacobian is known.
  async function follow({ key, latent, from, ...question }) {
    const known = trail?.key === key && trail.search.z.every((value, i) => value === from.z[i]);
    const [begun] = known ? [trail.search] : await valued(key, [from]);
    const search = await solver.follow(drawing(key), begun, { ...question, bound: bounds[latent] });
    trail = { key, search };
    return { found: [shown(search, question)] };
  }

  // The median distance of two random pictures of a run, in grey levels.
  function typical(all) {
    const apart = (image, other) => Math.sqrt(image.reduce((sum, value, i) => sum + (value - other[i]) ** 2, 0) / image.length);
    const some = all.slice(0, 64).map((one) => one.values.map(Math.tanh));
    const distances = some.slice(1).map((image, i) => 127.5 * apart(image, some[i])).sort((one, other) => one - other);
    return distances[distances.length >> 1];
  }

  // A start with its picture as RGBA.
  function shown({ z, label, error, values: drawn, way, ended }, { shape }) {
    const [, height, width] = shape;
    const pixels = new Uint8ClampedArray(4 * height * width);
    paint({ dims: [1, ...shape], data: drawn.map(Math.tanh) }, pixels);
    return { z, label, error, pixels, way, ended };
  }

  function forget({ key }) {
    stocks.delete(key);
    if (trail?.key === key) trail = null;
    if (helper?.keys.delete(key)) helper.ask({ what: "close", key }).catch(() => {});
  }

  const answers = {
    search, edit, follow, join, values,
    prepare: async (question) => { await stock(question); },
    stop: ({ search: id }) => { stopped.add(id); },
  };
  return { answers, forget };
};
