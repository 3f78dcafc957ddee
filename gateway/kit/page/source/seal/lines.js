// The written form of keys, one line of words: the same that `gateway key new` writes and `gateway key confirm` reads.
//
//   officer-public-key ID OFFICER ED25519 X25519 VALID-FROM VALID-UNTIL
//   officer-private-key ID OFFICER ED25519-SEED X25519 VALID-FROM VALID-UNTIL
//   gateway-public-key NAME ED25519 X25519

import { base64, fromBase64, joined, utf8 } from "./bytes.js";
import { sha256, sodium } from "./sodium.js";
import { Trouble } from "./trouble.js";

const ID = /^[a-z0-9]+([_.-][a-z0-9]+)*$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;

/** An instant in whole seconds, UTC, as in 2026-01-31T00:00:00Z. */
export const instant = (at) => at.toISOString().replace(/\.\d+Z$/, "Z");

export const isInstant = (word) =>
  INSTANT.test(word) && !Number.isNaN(Date.parse(word)) && instant(new Date(word)) === word;

/** The words after `kind`, in a text that has one such line and otherwise only remarks. Throws `Trouble`. */
function words(text, kind, count) {
  const lines = text.split(/\r\n|\r|\n/).filter((line) => line.trim() && !line.startsWith("#"));
  const found = lines.length === 1 ? lines[0].trim().split(/\s+/) : [];
  if (found[0] !== kind || found.length !== count + 1) throw new Trouble("no_key_file");
  return found.slice(1);
}

function key32(word) {
  const bytes = fromBase64(word);
  if (bytes?.length !== 32) throw new Trouble("no_key_file");
  return bytes;
}

/** An officer's pair of keys: `seed` and `secret` are private, `signing` and `sealing` public; 32 bytes each. */
export function pair(id, officer, seed, secret, from, until) {
  if (!ID.test(id) || !ID.test(officer) || !isInstant(from) || !isInstant(until)) throw new Trouble("no_key_file");
  const signing = sodium.crypto_sign_seed_keypair(seed).publicKey;
  return { id, officer, seed, secret, signing, sealing: sodium.crypto_scalarmult_base(secret), from, until };
}

export function parsePrivate(text) {
  const [id, officer, seed, secret, from, until] = words(text, "officer-private-key", 6);
  return pair(id, officer, key32(seed), key32(secret), from, until);
}

/** The private file, whole, as `gateway key new` writes it. */
export function privateFile(key) {
  const halves = `${base64(key.seed)} ${base64(key.secret)}`;
  const line = `officer-private-key ${key.id} ${key.officer} ${halves} ${key.from} ${key.until}\n`;
  return `# The private key of ${key.officer}. Keep it on the one machine that reports.\n${line}`;
}

export const publicLine = (key) =>
  `officer-public-key ${key.id} ${key.officer} ${base64(key.signing)} ${base64(key.sealing)} ${key.from} ${key.until}`;

/** What a public line says, as far as it can be said without the private half. */
export function parsePublic(line) {
  const [id, officer, signing, sealing, from, until] = words(line, "officer-public-key", 6);
  return { id, officer, signing: key32(signing), sealing: key32(sealing), from, until };
}

export function parseGateway(line) {
  const [name, signing, sealing] = words(line, "gateway-public-key", 3);
  return { name, signing: key32(signing), sealing: key32(sealing) };
}

/** The public file, whole, with its fingerprint as a remark. */
export const publicFile = (key) => `# ${key.officer}: ${fingerprint(key)}\n${publicLine(key)}\n`;

/** Forty digits in groups of five, to be read over the telephone: 132 bits of SHA-256 over both public keys. */
export function fingerprint(key) {
  const digest = sha256(joined(utf8("key fingerprint\0"), key.signing, key.sealing));
  const number = digest.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return String(number % 10n ** 40n).padStart(40, "0").match(/.{5}/g).join(" ");
}
