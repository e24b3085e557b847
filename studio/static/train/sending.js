// Sends files to the server in pieces.
import { engine } from "../page/engine.js";

export const sending = (() => {
  const PIECE = 2 ** 20; // bytes of a request
  const MOST_NAME = 200;

  // A refusal by the server or the page: a sentence of `words`.
  class Refusal extends Error {
    constructor(sentence) {
      super(sentence.say);
      this.sentence = sentence;
    }
  }

  async function ask(what, question = {}) {
    const answer = await engine.ask({ what: `upload_${what}`, ...question });
    if (answer.refused) throw new Refusal(answer.refused);
    return answer;
  }

  // A part of a file as base64.
  const base64 = (blob) => new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });

  // A file's name, below the folders that it was dropped with.
  const paths = new WeakMap();
  const nameOf = (file) => paths.get(file) ?? file.name;

  // Sends `files` one after the other; `progress(files done, share of all bytes)` returns whether to go on.
  async function send(upload, files, progress) {
    const total = files.reduce((sum, { size }) => sum + size, 0) || 1;
    let sent = 0;
    for (const [done, file] of files.entries()) {
      let offset = 0;
      do {
        if (!progress(done, sent / total)) return;
        const piece = file.slice(offset, offset + PIECE);
        const last = offset + piece.size >= file.size;
        const data = piece.size ? await base64(piece) : "";
        await ask("part", { upload, name: nameOf(file).slice(-MOST_NAME) || "?", offset, data, last });
        offset += piece.size;
        sent += piece.size;
      } while (offset < file.size);
    }
  }

  // The dropped or pasted files, including those in folders, except hidden ones.
  async function filesOf({ items, files }) {
    const entries = [...items].flatMap((item) => item.webkitGetAsEntry?.() ?? []); // before any await: items expire
    if (!entries.length) return [...files];
    return (await Promise.all(entries.map(within))).flat();
  }

  async function within(entry) {
    if (entry.name.startsWith(".")) return [];
    if (entry.isFile) {
      const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
      paths.set(file, entry.fullPath.replace(/^\/+/, ""));
      return [file];
    }
    const reader = entry.createReader();
    const found = [];
    let some;
    do { // it returns at most 100 entries a call
      some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      found.push(...some);
    } while (some.length);
    return (await Promise.all(found.map(within))).flat();
  }

  return { ask, send, filesOf, Refusal };
})();
