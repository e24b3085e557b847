// PNG files with their settings inside, as ganlib.pictures.png writes them: JSON in an iTXt chunk.
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

  // The canvas as a PNG file, a Blob.
  async function file(canvas, settings) {
    const whole = await new Promise((done) => { canvas.toBlob(done, "image/png"); });
    const text = new TextEncoder().encode(`${KEY}\0\0\0\0\0${JSON.stringify(settings)}`); // uncompressed, no language
    return new Blob([whole.slice(0, HEAD), chunk("iTXt", text), whole.slice(HEAD)], { type: "image/png" });
  }

  return { file };
})();
