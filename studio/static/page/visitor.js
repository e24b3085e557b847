// A random token that identifies this browser. It gives access to its trainings and uploads, so the page sends it only in
// questions to the server.
import { studio } from "./studio.js";

// A new random token. One other than the visitor's may be in a URL: it only distinguishes visitors who share an address.
export const freshToken = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

export const visitor = (() => {
  const KEY = "studio-visitor";
  let token = null; // in a private window it lasts as long as the page

  return () => {
    const kept = studio.stored(KEY);
    token = /^[0-9a-f]{32}$/.test(kept) ? kept : token ?? freshToken();
    if (kept !== token) studio.store(KEY, token);
    return token;
  };
})();
