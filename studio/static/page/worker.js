// The code of local.js's web worker, created from this function's text, so it can't refer to the page; each of its arguments is
// a function of the file of that name: inversion/solver.js and searches.js, blender.js, judge.js, graph.js. Runs onnxruntime-web
// with a session per snapshot. Receives { id, what, ... } and answers { id, ... }; `problem` is an error's message, and `later`
// whether a retry may help. A search also sends { id, progress }.
export const workerMain = (createSolver, createSearches, createBlender, createJudge, createGraph) => {
  const MOST_BYTES = 64e6; // of a file
  const BATCH = 16; // pictures at once
  const TRIALS = 5; // pictures drawn to measure a backend's speed
  const NEAR = 4 / 255; // two levels of 255, for images in [-1, 1]: the tolerance between backends
  const [SCALE, MIX] = ["scale.", "mix."]; // prefixes of the inputs that scale units and that mix styles (ganlib/export.py)
  const sessions = new Map(); // by key
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
    const inputs = { ...usual(module, session), ...more, z: new module.Tensor("float32", z, [labels.length, z.length / labels.length]) };
    if (session.inputNames.includes("labels")) {
      inputs.labels = new module.Tensor("int64", BigInt64Array.from(labels, BigInt), [labels.length]);
    }
    return session.run(inputs, names);
  }

  // Scales that leave all units as they are, ones, and a second latent of which nothing is taken, zeros.
  const usual = (module, { inputMetadata }) => Object.fromEntries(inputMetadata.filter(({ name }) => [SCALE, MIX].some((prefix) => name.startsWith(prefix))).map(({ name, shape, type }) => {
    const dims = shape.map((side) => (typeof side === "number" ? side : 1)); // a map's height and width may be any
    const length = dims.reduce((all, side) => all * side);
    const values = type === "int64" ? new BigInt64Array(length) : new Float32Array(length).fill(name.startsWith(SCALE) ? 1 : 0);
    return [name, new module.Tensor(type, values, dims)];
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

  // The images of latents in batches, { images, labels, at }, at being the first's number; they are disposed of afterwards.
  async function* batches({ module, session }, { z, labels }, more) {
    const dim = z.length / labels.length;
    for (let at = 0; at < labels.length; at += BATCH) {
      const part = labels.slice(at, at + BATCH);
      const images = await pass(module, session, z.slice(at * dim, (at + part.length) * dim), part, more);
      yield { images, labels: part, at };
      images.dispose();
    }
  }

  // The same at a snapshot that is here; `scales` { values, dims } multiply the units of stages, and the stages take `amounts` of
  // the style of a second latent, `mix` { z, label, amounts }.
  function passes({ key, scales, mix, ...latents }) {
    return batches(sessions.get(key), latents, bent(sessions.get(key), scales, mix));
  }
  const bent = ({ module: { Tensor }, session }, scales = {}, mix = null) => ({
    ...Object.fromEntries(Object.entries(scales).map(([stage, { values, dims }]) => [SCALE + stage, new Tensor("float32", values, dims)])),
    ...(mix && { [`${MIX}z`]: new Tensor("float32", mix.z, [1, mix.z.length]), [`${MIX}amounts`]: new Tensor("float32", mix.amounts, [mix.amounts.length]) }),
    ...(mix && session.inputNames.includes(`${MIX}labels`) && { [`${MIX}labels`]: new Tensor("int64", BigInt64Array.of(BigInt(mix.label)), [1]) }),
  });

  // The pictures of latents, `z` row by row, one after the other as RGBA; `scales` and `mix` as for `passes`.
  const draw = ({ key, scales, mix, ...latents }) => drawn(sessions.get(key), latents, bent(sessions.get(key), scales, mix));

  async function drawn(session, latents, more) {
    let [pixels, height, width] = [null, 0, 0];
    for await (const { images, labels, at } of batches(session, latents, more)) {
      [height, width] = images.dims.slice(2);
      const length = 4 * height * width; // of a picture
      pixels ??= new Uint8ClampedArray(latents.labels.length * length);
      paint(images, pixels.subarray(at * length, (at + labels.length) * length));
    }
    return { pixels, height, width };
  }

  async function close({ key }) {
    searches.forget({ key });
    await sessions.get(key)?.session.release();
    sessions.delete(key);
  }

  const blender = createBlender({ runtime: (files) => (runtime ??= load(files)), fetched, dataOf, inTurn, outputs, drawn });
  const judge = createJudge({ runtime: (files) => (runtime ??= load(files)), fetched, dataOf, inTurn, passes });
  const searches = createSearches({ solver: createSolver(), sessions, outputs, inTurn, paint });
  const answers = {
    open, ...searches.answers, ...blender, ...judge,
    draw: (question) => inTurn(() => draw(question)), close: (question) => inTurn(() => close(question)),
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
