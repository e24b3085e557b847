// PNG files with their settings inside, as ganlib.pictures.png writes them: JSON in an iTXt chunk; and animated ones (APNG).
export const png = (() => {
  const KEY = "ganlib"; // pictures.SETTINGS_KEY
  const HEAD = 33; // bytes of the signature and IHDR, the first chunk

  // CRC-32 as in the PNG specification, annex D.
  const crc = (bytes) => ~bytes.reduce((sum, byte) => {
    let rest = (sum ^ byte) & 255;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? 0xEDB88320 ^ (rest >>> 1) : rest >>> 1;
    return rest ^ (sum >>> 8);
  }, -1) >>> 0;

  function chunk(kind, data) {
    const bytes = new Uint8Array(12 + data.length);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, data.length);
    bytes.set(new TextEncoder().encode(kind), 4);
    bytes.set(data, 8);
    view.setUint32(8 + data.length, crc(bytes.subarray(4, 8 + data.length)));
    return bytes;
  }

  // Whole numbers, big endian: [bytes of each, value].
  function numbers(...all) {
    const bytes = new Uint8Array(all.reduce((sum, [size]) => sum + size, 0));
    const view = new DataView(bytes.buffer);
    all.reduce((at, [size, value]) => {
      ({ 1: view.setUint8, 2: view.setUint16, 4: view.setUint32 })[size].call(view, at, value);
      return at + size;
    }, 0);
    return bytes;
  }

  const encoded = (canvas) => new Promise((done) => { canvas.toBlob(done, "image/png"); });
  const inside = (settings) => chunk("iTXt", new TextEncoder().encode(`${KEY}\0\0\0\0\0${JSON.stringify(settings)}`)); // not compressed

  // The canvas as a PNG file, a Blob.
  async function file(canvas, settings) {
    const whole = await encoded(canvas);
    return new Blob([whole.slice(0, HEAD), inside(settings), whole.slice(HEAD)], { type: "image/png" });
  }

  // The compressed pixels of a PNG file: the data of its IDAT chunks.
  function pixelsOf(file) {
    const view = new DataView(file.buffer);
    const found = [];
    for (let at = HEAD; at < file.length; at += 12 + view.getUint32(at)) {
      const kind = new TextDecoder().decode(file.subarray(at + 4, at + 8));
      if (kind === "IDAT") found.push(file.subarray(at + 8, at + 8 + view.getUint32(at)));
    }
    return found;
  }

  // Canvases of one size as an animated PNG, a Blob (PNG, third edition, section 11.3.2.4): each for `delay` ms, in a loop.
  async function film(canvases, delay, settings) {
    const frames = await Promise.all(canvases.map(async (canvas) => new Uint8Array(await (await encoded(canvas)).arrayBuffer())));
    const { width, height } = canvases[0];
    let sequence = 0;
    const parts = frames.flatMap((frame, i) => [
      chunk("fcTL", numbers([4, sequence++], [4, width], [4, height], [4, 0], [4, 0], [2, delay], [2, 1000], [1, 0], [1, 0])),
      ...pixelsOf(frame).map((pixels) => (i === 0 ? chunk("IDAT", pixels)
        : chunk("fdAT", Uint8Array.from([...numbers([4, sequence++]), ...pixels])))),
    ]);
    const head = [frames[0].subarray(0, HEAD), chunk("acTL", numbers([4, frames.length], [4, 0])), inside(settings)];
    return new Blob([...head, ...parts, chunk("IEND", new Uint8Array())], { type: "image/png" });
  }

  // The name of a file about a run.
  const named = (title, what) => `${title.replace(/[^\p{L}\p{N}.-]+/gu, "-")}-${what}.png`;

  return { file, film, named };
})();
