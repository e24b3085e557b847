// Makes graphs of a run's outline (ONNX, a protocol buffer): one that gives out the values before tanh as well, for searches;
// and two that take the weights as inputs, so that they can change from picture to picture: one that draws, and one whose batch
// norms compute the statistics of the batch, as in a training, and give them out. The numbers of the fields are those of
// onnx.proto. The worker gets createGraph as text, so it refers to nothing outside.
export const createGraph = () => {
  const MODEL = { graph: 7 };
  const GRAPH = { node: 1, initializer: 5, input: 11, output: 12 };
  const NODE = { input: 1, output: 2, kind: 4, attribute: 5 };
  const TENSOR = { dims: 1, name: 8, location: 14 };
  const EXTERNAL = 1;
  const FLOAT = 1; // the element type
  const INTS = 7; // the type of an attribute
  const STORED = ".stored"; // suffix of a weight that is stored in half precision, and cast
  const decode = (bytes) => new TextDecoder().decode(bytes);

  // ------------------------------------------------------------------------------------------------- reading

  // The fields of a message: { field, value: a number or bytes, raw: the bytes of the whole field }.
  function* fields(bytes) {
    let at = 0;
    const varint = () => {
      let [value, scale] = [0, 1];
      for (;; scale *= 128) {
        const byte = bytes[at++];
        value += (byte & 127) * scale;
        if (byte < 128) return value;
      }
    };
    while (at < bytes.length) {
      const begin = at;
      const key = varint();
      const wire = key & 7;
      let value = null;
      if (wire === 0) value = varint();
      else {
        const length = wire === 2 ? varint() : wire === 1 ? 8 : 4;
        value = bytes.subarray(at, at + length);
        at += length;
      }
      yield { field: key >>> 3, value, raw: bytes.subarray(begin, at) };
    }
  }

  const all = (bytes, wanted) => [...fields(bytes)].filter(({ field }) => field === wanted).map(({ value }) => value);

  const isExternal = (tensor) => all(tensor, TENSOR.location)[0] === EXTERNAL;
  const nameOf = (tensor) => decode(all(tensor, TENSOR.name)[0]);
  const dimsOf = (tensor) => all(tensor, TENSOR.dims);

  // ------------------------------------------------------------------------------------------------- writing

  function varint(number) {
    const bytes = [];
    let rest = BigInt.asUintN(64, BigInt(number));
    for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
    return [...bytes, Number(rest)];
  }

  // A field's bytes: a number, a text, or a message's bytes.
  function field(number, value) {
    if (typeof value === "number") return [...varint(number * 8), ...varint(value)];
    const content = typeof value === "string" ? [...new TextEncoder().encode(value)] : value;
    return [...varint(number * 8 + 2), ...varint(content.length), ...content];
  }

  function node(kind, inputs, output, attributes = []) {
    const parts = [...inputs.map((name) => field(NODE.input, name)), field(NODE.output, output), field(NODE.kind, kind), ...attributes];
    return field(GRAPH.node, parts.flat());
  }

  const attribute = (name, kind, values) => field(NODE.attribute, [...field(1, name), ...values, ...field(20, kind)]);
  const constant = (output, numbers) => node("Constant", [], output, [attribute("value_ints", INTS, numbers.flatMap((value) => field(8, value)))]);
  const flat = attribute("keepdims", 2, field(3, 0));

  // A float tensor as an input or output of the graph; without `dims` of any shape.
  function described(name, dims) {
    const shape = dims ? field(2, dims.flatMap((size) => field(1, field(1, size)))) : [];
    return [...field(1, name), ...field(2, field(1, [...field(1, FLOAT), ...shape]))];
  }

  // The nodes that compute mean and variance of a batch norm's input, (N, C) or (N, C, H, W), by channel.
  function statistics({ inputs: [x, , , mean, variance] }, channels) {
    const own = (name) => `${mean}.${name}`;
    return [
      constant(own("shape"), [0, channels, -1]), constant(own("axes"), [0, 2]),
      node("Reshape", [x, own("shape")], own("rows")),
      node("ReduceMean", [own("rows"), own("axes")], own("centre")),
      node("Sub", [own("rows"), own("centre")], own("apart")),
      node("Mul", [own("apart"), own("apart")], own("squares")),
      node("ReduceMean", [own("rows"), own("axes")], mean, [flat]),
      node("ReduceMean", [own("squares"), own("axes")], variance, [flat]),
    ];
  }

  // ------------------------------------------------------------------------------------------------- both graphs

  function joined(chunks) {
    const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
    chunks.reduce((at, chunk) => (bytes.set(chunk, at), at + chunk.length), 0);
    return bytes;
  }

  // A model with another graph, in chunks of bytes.
  const whole = (model, content) => joined([
    ...model.filter(({ field }) => field !== MODEL.graph).map(({ raw }) => raw), field(MODEL.graph, [...joined(content)]),
  ]);

  // { draws, measures, dims, norms } of an outline, Uint8Array: the two graphs, the shape of each weight by its name, and the
  // names of the statistics that `measures` gives out; it is null for a generator without batch norm.
  function withInputs(outline) {
    const model = [...fields(outline)];
    const parts = [...fields(model.find(({ field }) => field === MODEL.graph).value)];
    const isWeight = (part) => part.field === GRAPH.initializer && isExternal(part.value);
    const dims = Object.fromEntries(parts.filter(isWeight).map(({ value }) => [nameOf(value).replace(STORED, ""), dimsOf(value)]));
    const nodes = parts.filter(({ field }) => field === GRAPH.node).map(({ value, raw }) => ({
      kind: decode(all(value, NODE.kind)[0]), inputs: all(value, NODE.input).map(decode), raw,
    })).filter(({ inputs }) => !inputs[0]?.endsWith(STORED));
    const isNorm = ({ kind }) => kind === "BatchNormalization";
    const norms = nodes.filter(isNorm).flatMap(({ inputs }) => inputs.slice(3));
    const other = parts.filter((part) => part.field !== GRAPH.node && part.field !== GRAPH.output && !isWeight(part)).map(({ raw }) => raw);
    const outputs = parts.filter(({ field }) => field === GRAPH.output).map(({ raw }) => raw);
    const input = (name) => field(GRAPH.input, described(name, dims[name]));
    const names = Object.keys(dims);
    const draws = whole(model, [...nodes.map(({ raw }) => raw), ...other, ...outputs, ...names.map(input)]);
    const measures = norms.length ? whole(model, [
      ...nodes.flatMap((one) => (isNorm(one) ? [...statistics(one, dims[one.inputs[1]][0]), one.raw] : [one.raw])),
      ...other, ...norms.map((name) => field(GRAPH.output, described(name))), ...names.filter((name) => !norms.includes(name)).map(input),
    ]) : null;
    return { draws, measures, dims, norms };
  }

  // An outline with one more output, `values`: those whose tanh the images are. Without a tanh at its end it stays as it is.
  function withValues(outline) {
    const model = [...fields(outline)];
    const graph = model.find(({ field }) => field === MODEL.graph).value;
    const made = new Map(all(graph, GRAPH.node).map((value) => [
      decode(all(value, NODE.output)[0]), { kind: decode(all(value, NODE.kind)[0]), input: all(value, NODE.input).map(decode)[0] },
    ]));
    let last = made.get(decode(all(all(graph, GRAPH.output)[0], 1)[0]));
    while (last?.kind === "Reshape") last = made.get(last.input);
    if (last?.kind !== "Tanh") return outline;
    const more = [...node("Identity", [last.input], "values"), ...field(GRAPH.output, described("values"))];
    return whole(model, [graph, more]);
  }

  return { withInputs, withValues };
};

export const graph = createGraph();
