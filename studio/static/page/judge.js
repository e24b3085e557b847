// Logits of a run's discriminator, for the web worker: created there from this function's text, so it can't refer to the page.
// `runtime(files)` is a promise of onnxruntime-web, `fetched(url)` of a file, `dataOf(file)` are a safetensors file's tensors,
// `passes` are a generator's images, and `inTurn(work)` waits for the calls before.
export const createJudge = ({ runtime, fetched, dataOf, inTurn, passes }) => {
  let judge = null; // the last discriminator: { run, module, session }

  async function openJudge({ files, run, outline, weights }) {
    const [{ module }, graph, file] = await Promise.all([runtime(files), fetched(outline), fetched(weights)]);
    await inTurn(async () => {
      await judge?.session.release();
      const settings = { executionProviders: ["wasm"], externalData: [{ path: "weights", data: dataOf(file) }] };
      judge = { run, module, session: await module.InferenceSession.create(graph, settings) };
    });
  }

  // As pictures have them: in 256 levels, halves to even, which is how a clamped array rounds.
  const levels = (data) => Float32Array.from(Uint8ClampedArray.from(data, (value) => Math.fround(Math.fround(value + 1) * 127.5)), (level) => level / 127.5 - 1);

  // The mean logit of the pictures of latents by the discriminator of a run; undefined if another one is here.
  async function judged({ run, ...question }) {
    if (judge?.run !== run) return {};
    const { module, session } = judge;
    let sum = 0;
    for await (const { images, labels } of passes(question)) {
      const inputs = { images: new module.Tensor("float32", levels(images.data), images.dims) };
      if (session.inputNames.includes("labels")) inputs.labels = new module.Tensor("int64", BigInt64Array.from(labels, BigInt), [labels.length]);
      const { logits } = await session.run(inputs);
      sum += logits.data.reduce((all, logit) => all + logit, 0);
      logits.dispose();
    }
    return { logit: sum / question.labels.length };
  }

  return { openJudge, judged: (question) => inTurn(() => judged(question)) };
};
