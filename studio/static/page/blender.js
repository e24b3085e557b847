// Blends of two snapshots' weights, for the web worker: created there from this function's text, so it can't refer to the page.
// `runtime(files)` is a promise of onnxruntime-web, `fetched(url)` of a file, `dataOf(file)` are a safetensors file's tensors,
// `outputs` and `drawn` call a session, and `inTurn(work)` waits for the calls before.
export const createBlender = ({ runtime, fetched, dataOf, inTurn, outputs, drawn }) => {
  let blend = null; // two snapshots, and the sessions of their graphs

  // The tensors of a snapshot's file by name, Float32Arrays.
  function tensorsOf(file) {
    const data = dataOf(file);
    const header = JSON.parse(new TextDecoder().decode(file.subarray(8, file.length - data.length)));
    const read = ({ dtype, data_offsets: [begin, end] }) => {
      const bytes = data.slice(begin, end); // aligned
      return dtype === "F16" ? Float32Array.from(new Uint16Array(bytes.buffer), half) : new Float32Array(bytes.buffer);
    };
    const numbers = Object.entries(header).filter(([, { dtype }]) => dtype === "F16" || dtype === "F32");
    return Object.fromEntries(numbers.map(([name, about]) => [name, read(about)]));
  }

  // The value of a number in half precision.
  function half(bits) {
    const [exponent, rest] = [(bits >> 10) & 31, bits & 1023];
    const size = exponent ? 2 ** (exponent - 15) * (1 + rest / 1024) : rest * 2 ** -24;
    return bits & 32768 ? -size : size;
  }

  // Loads two snapshots that share a graph (graph.js). `z` and `labels` are latents for batch statistics.
  async function openBlend({ files, graphs: { draws, measures, dims, norms }, weights, z, labels }) {
    const [{ module }, ...snapshots] = await Promise.all([runtime(files), ...weights.map((url) => fetched(url))]);
    const begin = (graph) => graph && module.InferenceSession.create(graph, { executionProviders: ["wasm"] });
    await inTurn(async () => {
      await Promise.all([blend?.session.release(), blend?.measuring?.release()]);
      const [session, measuring] = [await begin(draws), await begin(measures)];
      blend = { module, session, measuring, dims, norms, z, labels, parents: snapshots.map(tensorsOf), mixed: {} };
    });
  }

  // (1 - share) a + share b; kept for the next picture, as most layers' shares stay the same.
  function weight(name, share) {
    const { parents: [a, b], mixed } = blend;
    if (share === 0 || share === 1) return (share ? b : a)[name];
    if (mixed[name]?.share !== share) {
      const [one, other] = [a[name], b[name]];
      mixed[name] = { share, values: one.map((value, i) => value + share * (other[i] - value)) };
    }
    return mixed[name].values;
  }

  // The pictures of latents in the blend with these `shares` of the second snapshot by tensor, and its batch statistics: those of
  // the first `num` of its own latents, except where it is one of the two snapshots.
  async function drawBlend({ shares, num, z, labels }) {
    const { module, measuring, dims, norms } = blend;
    const names = Object.keys(dims);
    const weights = Object.fromEntries(names.map((name) => [name, new module.Tensor("float32", weight(name, shares[name]), dims[name])]));
    const first = shares[names[0]];
    if (measuring && !(first % 1 === 0 && names.every((name) => shares[name] === first))) {
      const given = Object.fromEntries(Object.entries(weights).filter(([name]) => !norms.includes(name)));
      const dim = blend.z.length / blend.labels.length;
      Object.assign(weights, await outputs(module, measuring, blend.z.slice(0, num * dim), blend.labels.slice(0, num), given));
    }
    const statistics = Object.fromEntries(norms.map((name) => [name, Float32Array.from(weights[name].data)]));
    return { ...(await drawn(blend, { z, labels }, weights)), statistics };
  }

  return { openBlend, drawBlend: (question) => inTurn(() => drawBlend(question)) };
};
