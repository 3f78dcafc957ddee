// Bytes and the ways to write them.

export const utf8 = (text) => new TextEncoder().encode(text);

/** Strictly: throws a TypeError for what is no UTF-8, and keeps a byte order mark. */
export const fromUtf8 = (bytes) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);

export function joined(...pieces) {
  const whole = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

export const same = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);

export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

export const base64 = (bytes) => btoa(String.fromCharCode(...bytes));

/** From base64 in the one form that `base64` writes; null for anything else. */
export function fromBase64(word) {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(word) || word.length % 4) return null;
  const bytes = Uint8Array.from(atob(word), (character) => character.charCodeAt(0));
  return base64(bytes) === word ? bytes : null;
}
