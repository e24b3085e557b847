// The code of local.js's web worker, created from this function's text, so it can't refer to the page; `createSolver` is that of
// inversion/solver.js, `createBlender` that of blender.js, `createGraph` that of graph.js. Runs onnxruntime-web with a session per snapshot. Receives
// { id, what, ... } and answers { id, ... };
// `problem` is an error's message, and `later` whether a retry may help. A search also sends { id, progress }.
export const workerMain = (createSolver, createBlender, createGraph) => {
  const MOST_BYTES = 64e6; // of a file
  const BATCH = 16; // pictures at once
  const TRIALS = 5; // pictures drawn to measure a backend's speed
  const NEAR = 4 / 255; // two levels of 255, for images in [-1, 1]: the tolerance between backends
  const [CANDIDATES, LONGEST] = [640, 1500]; // of a search, and ms for drawing them; two of each label at least
  const NEARLY_ONE = 1 - 2 ** -20; // the largest value of a pixel whose inverse tanh is taken
  const OFTEN = 60; // ms between reports of a search
  const SCALE = "scale."; // prefix of the inputs that scale units (ganlib/export.py)
  const sessions = new Map(); // by key
  const stocks = new Map(); // promises of a snapshot's candidates, by key
  const stopped = new Set(); // ids of searches to stop
  const solver = createSolver();
  const { withValues } = createGraph();
  let runtime = null; // a promise of { module, ways }: onnxruntime-web and its backends that work here
  let turn = Promise.resolve(); // calls of the runtime must not overlap

  async function fetched(url, options) {
    const answer = await fetch(url, options);
    if (answer.status === 202) throw Object.assign(new Error("not ready yet"), { later: true });
    if (!answer.ok || Number(answer.headers.get("Content-Length")) > MOST_BYTES) throw new Error(`${url} is refused`);
    return new Uint8Array(await answer.arrayBuffer());
  }

  // Whether WebGPU is available in this worker.
  const hasGpu = async () => Boolean(await navigator.gpu?.requestAdapter().catch(() => null));

  // The browser checks the files by `integrity` and rejects any others.
  async function load(files) {
    const ways = files.webgpu && (await hasGpu()) ? ["webgpu", "wasm"] : ["wasm"];
    const { script, binary } = files[ways[0]];
    const meant = ({ url, integrity }) => fetched(url, { integrity, referrerPolicy: "no-referrer" });
    const [code, wasm] = await Promise.all([meant(script), meant(binary)]);
    const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
    const module = await import(address);
    URL.revokeObjectURL(address);
    Object.assign(module.env.wasm, { numThreads: 1, wasmBinary: wasm.buffer });
    return { module, ways };
  }

  // The data of a safetensors file, which the ONNX graph refers to; the first eight bytes hold the header's length.
  const dataOf = (file) => file.subarray(8 + Number(new DataView(file.buffer).getBigUint64(0, true)));

  function inTurn(work) {
    const done = turn.then(work);
    turn = done.catch(() => {});
    return done;
  }

  async function open({ key, files, outline, weights, dim }) {
    const before = runtime;
    runtime ??= load(files);
    await before; // if the runtime failed to load, nothing else is fetched
    const [{ module, ways }, graph, file] = await Promise.all([runtime, fetched(outline).then(withValues), fetched(weights)]);
    const begin = (way) => {
      const settings = { executionProviders: [way], externalData: [{ path: "weights", data: dataOf(file) }] };
      return module.InferenceSession.create(graph, settings);
    };
    const { way, session } = await inTurn(() => quickest(module, ways, begin, dim));
    sessions.set(key, { module, session, way, opened: { key, files, outline, weights, dim } });
    return { way, switches: session.inputNames.some((name) => name.startsWith(SCALE)) };
  }

  // Creates a session per backend and returns the one that draws a single picture fastest.
  async function quickest(module, ways, begin, dim) {
    if (ways.length === 1) return { way: ways[0], session: await begin(ways[0]) };
    const tried = [];
    for (const way of ways) {
      try {
        const session = await begin(way);
        tried.push({ way, session, ...(await trial(module, session, dim)) });
      } catch { /* another backend may work */ }
    }
    if (!tried.length) throw new Error("no backend works here");
    const { image: sure } = tried.at(-1); // WebAssembly's picture is the reference
    const right = tried.filter(({ image }) => image.every((value, i) => Math.abs(value - sure[i]) <= NEAR));
    const best = right.reduce((one, other) => (other.time < one.time ? other : one));
    await Promise.all(tried.filter((one) => one !== best).map(({ session }) => session.release()));
    return best;
  }

  // A picture, and the milliseconds to draw it: the minimum of a few runs after a warm-up.
  async function trial(module, session, dim) {
    const times = [];
    let image = null;
    for (let i = 0; i <= TRIALS; i++) {
      const began = performance.now();
      const images = await pass(module, session, new Float32Array(dim), [0]);
      times.push(performance.now() - began);
      image = images.data;
      images.dispose();
    }
    return { image, time: Math.min(...times.slice(1)) };
  }

  // The generator's images of latents, `z` row by row: a tensor (N, channels, height, width) in [-1, 1].
  const pass = async (module, session, z, labels, more = {}) => (await outputs(module, session, z, labels, more, ["images"])).images;

  // The outputs of a session, all or those of these names; `more` are inputs besides latents and labels.
  async function outputs(module, session, z, labels, more = {}, names = session.outputNames) {
    const inputs = { ...ones(module, session), ...more, z: new module.Tensor("float32", z, [labels.length, z.length / labels.length]) };
    if (session.inputNames.includes("labels")) {
      inputs.labels = new module.Tensor("int64", BigInt64Array.from(labels, BigInt), [labels.length]);
    }
    return session.run(inputs, names);
  }

  // Scales that leave all units as they are.
  const ones = (module, { inputMetadata }) => Object.fromEntries(inputMetadata.filter(({ name }) => name.startsWith(SCALE)).map(({ name, shape }) => {
    const dims = shape.map((side) => (typeof side === "number" ? side : 1)); // a map's height and width may be any
    return [name, new module.Tensor("float32", new Float32Array(dims.reduce((all, side) => all * side)).fill(1), dims)];
  }));

  // Writes `images`, (N, channels, height, width) in [-1, 1], into `pixels`, RGBA. As ganlib.pictures.to_uint8: in single
  // precision, halves to even, which is how a clamped array rounds.
  function paint({ dims: [num, channels, height, width], data }, pixels) {
    const area = height * width;
    const drawn = channels > 3 ? 4 : 3; // of the four values of a pixel: alpha is 255 where the generator draws none
    if (drawn < 4) pixels.fill(255);
    for (let n = 0; n < num; n++) {
      for (let value = 0; value < drawn; value++) {
        const from = (n * channels + (channels > 1 ? value : 0)) * area;
        for (let i = 0; i < area; i++) {
          pixels[4 * (n * area + i) + value] = Math.fround(Math.fround(data[from + i] + 1) * 127.5);
        }
      }
    }
  }

  // The pictures of latents, `z` row by row, one after the other as RGBA; `scales` { values, dims } multiply the units of stages.
  function draw({ key, scales = {}, ...latents }) {
    const { module } = sessions.get(key);
    const tensors = Object.entries(scales).map(([stage, { values, dims }]) => [SCALE + stage, new module.Tensor("float32", values, dims)]);
    return drawn(sessions.get(key), latents, Object.fromEntries(tensors));
  }

  async function drawn({ module, session }, { z, labels }, more) {
    const num = labels.length;
    const dim = z.length / num;
    let [pixels, height, width] = [null, 0, 0];
    for (let at = 0; at < num; at += BATCH) {
      const part = labels.slice(at, at + BATCH);
      const images = await pass(module, session, z.slice(at * dim, (at + part.length) * dim), part, more);
      [height, width] = images.dims.slice(2);
      const length = 4 * height * width; // of a picture
      pixels ??= new Uint8ClampedArray(num * length);
      paint(images, pixels.subarray(at * length, (at + part.length) * length));
      images.dispose();
    }
    return { pixels, height, width };
  }

  // ------------------------------------------------------------------------------------------------- searches

  // A second worker on another core, which draws half of a search's pictures: { ask(question), keys of its snapshots }.
  let helper = null;

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

  // Two independent normal numbers, by Box-Muller.
  const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  const numbers = { normal, uniform: () => 2 * Math.random() - 1 };

  // Random latents of every label with their values, drawn once for a snapshot: the candidates that searches start from.
  function stock({ key, dim, stocked, latent }) {
    const draw = async () => {
      await share(key).catch(() => { helper = null; }); // one core does it, too
      const began = performance.now();
      const found = [];
      const enough = () => found.length >= CANDIDATES || (performance.now() - began > LONGEST && found.length >= 2 * stocked.length);
      while (!enough()) {
        const part = Array.from({ length: BATCH }, (_, i) => ({
          z: Float32Array.from({ length: dim }, numbers[latent]), label: stocked[(found.length + i) % stocked.length],
        }));
        const drawn = await valuesOf(key, part.map(({ z }) => z), part.map(({ label }) => label));
        found.push(...part.map((one, i) => ({ ...one, values: drawn[i] })));
      }
      return found;
    };
    if (!stocks.has(key)) stocks.set(key, draw());
    stocks.get(key).catch(() => stocks.delete(key));
    return stocks.get(key);
  }

  // The latents nearest to a picture, `target` as the generator's images; `from` holds latents to start from as well.
  async function search({ id, key, dim, stocked, latent, from = [], ...question }) {
    const all = await stock({ key, dim, stocked, latent });
    const begun = from.length ? await valuesOf(key, from.map(({ z }) => z), from.map(({ label }) => label)) : [];
    const candidates = [
      ...from.map((one, i) => ({ ...one, values: begun[i] })), ...(question.only ? [] : all),
    ];
    let told = 0;
    const report = (starts) => {
      if (performance.now() - told < OFTEN) return;
      told = performance.now();
      self.postMessage({ id, progress: starts.map((start) => shown(start, question)) });
    };
    const draw = (latents, label) => valuesOf(key, latents, latents.map(() => label));
    const bound = latent === "uniform" ? 1 : Infinity;
    const softness = question.only ? [] : undefined; // what is painted or dragged is near already
    const found = await solver.search(draw, candidates, { softness, ...question, bound }, report, () => stopped.has(id));
    stopped.delete(id);
    return { found: found.map((start) => shown(start, question)), typical: typical(all) };
  }

  // The median distance of two random pictures of a run, in grey levels.
  function typical(all) {
    const apart = (image, other) => Math.sqrt(image.reduce((sum, value, i) => sum + (value - other[i]) ** 2, 0) / image.length);
    const some = all.slice(0, 64).map((one) => one.values.map(Math.tanh));
    const distances = some.slice(1).map((image, i) => 127.5 * apart(image, some[i])).sort((one, other) => one - other);
    return distances[distances.length >> 1];
  }

  // A start with its picture as RGBA.
  function shown({ z, label, error, values: drawn }, { shape }) {
    const [, height, width] = shape;
    const pixels = new Uint8ClampedArray(4 * height * width);
    paint({ dims: [1, ...shape], data: drawn.map(Math.tanh) }, pixels);
    return { z, label, error, pixels };
  }

  async function close({ key }) {
    stocks.delete(key);
    if (helper?.keys.delete(key)) helper.ask({ what: "close", key }).catch(() => {});
    await sessions.get(key)?.session.release();
    sessions.delete(key);
  }

  const blender = createBlender({ runtime: (files) => (runtime ??= load(files)), fetched, dataOf, inTurn, outputs, drawn });
  const answers = {
    open, search, join, values, ...blender,
    draw: (question) => inTurn(() => draw(question)), close: (question) => inTurn(() => close(question)),
    prepare: async (question) => { await stock(question); },
    stop: ({ search: id }) => { stopped.add(id); },
    serve: ({ port }) => answer(port),
  };

  // Answers the questions that come through a port.
  function answer(port) {
    port.onmessage = async ({ data: { id, what, ...question } }) => {
      try {
        const found = await answers[what]({ id, ...question });
        port.postMessage({ id, ...found }, found?.pixels ? [found.pixels.buffer] : []);
      } catch (error) {
        port.postMessage({ id, problem: String(error), later: error.later ?? false });
      }
    };
  }

  answer(self);
};
