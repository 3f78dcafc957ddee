// The hand-over list: what one sealed file hands over, by whom and to whom, in the one form that is signed.

import { fromUtf8, hex, joined, utf8 } from "./bytes.js";
import { isInstant } from "./lines.js";
import { sodium } from "./sodium.js";
import { Trouble } from "./trouble.js";

export const LONGEST = 1 << 16;
export const MOST_RECIPIENTS = 64;

const CONTEXT = utf8("sealed file, manifest, version 1\0");
const ID = /^[A-Za-z0-9][A-Za-z0-9._:@+-]{0,99}$/;
const PERIOD = /^\d{4}-(M(0[1-9]|1[0-2])|Q[1-4]|S[12]|A1|\d\d-\d\d)$/;
const HEX = /^[0-9a-f]{64}$/;
const NAME = /^[^\0-\x1f\x7f-\x9f/\\\u202a-\u202e\u2066-\u2069\p{Surrogate}]{1,255}$/u;

const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
const isId = (value) => typeof value === "string" && ID.test(value);
const isHex = (value) => typeof value === "string" && HEX.test(value);
const allDifferent = (values) => new Set(values).size === values.length;

export const isName = (value) => typeof value === "string" && NAME.test(value) && value !== "." && value !== "..";

const isFile = (file) =>
  isName(file.name) && (file.rows === null || isCount(file.rows)) && isHex(file.sha256) && isCount(file.size);

const RULES = [
  (m) => [m.dataflow, m.key, m.recipient, m.sender].every(isId),
  (m) => typeof m.period === "string" && PERIOD.test(m.period),
  (m) => Array.isArray(m.keys) && m.keys.length >= 1 && m.keys.length <= MOST_RECIPIENTS && m.keys.every(isHex),
  (m) => allDifferent(m.keys),
  (m) => Array.isArray(m.files) && m.files.every(isFile) && allDifferent(m.files.map((file) => file.name)),
  (m) => m.nil === (m.files.length === 0),
  (m) => isCount(m.sequence),
  (m) => typeof m.signed === "string" && isInstant(m.signed),
];

/** The bytes that are signed: members sorted by name, no spaces. Throws `Trouble("damaged")` if it is no manifest. */
export function encode(m) {
  if (!RULES.every((rule) => rule(m))) throw new Trouble("damaged");
  const files = m.files.map(({ name, rows, sha256, size }) => ({ name, rows, sha256, size }));
  const { dataflow, key, keys, nil, period, recipient, sender, sequence, signed } = m;
  return utf8(JSON.stringify({ dataflow, files, key, keys, nil, period, recipient, sender, sequence, signed }));
}

/** The manifest in these bytes, which must be exactly those it encodes to. Throws `Trouble("damaged")`. */
export function parse(raw) {
  try {
    const text = fromUtf8(raw);
    const manifest = JSON.parse(text);
    if (raw.length <= LONGEST && fromUtf8(encode(manifest)) === text) return manifest;
  } catch {
    // whatever is wrong with it, it is no manifest
  }
  throw new Trouble("damaged");
}

export function sign(raw, seed) {
  const secret = sodium.crypto_sign_seed_keypair(seed).privateKey;
  return sodium.crypto_sign_detached(joined(CONTEXT, raw), secret);
}

/** Which of these public keys signed it, null if none did. */
export function signer(raw, signature, publics) {
  const text = joined(CONTEXT, raw);
  return publics.find((key) => sodium.crypto_sign_verify_detached(signature, text, key.signing)) ?? null;
}

/** Whether the whole key with which the file was opened stands in the signed list, and not only its first bytes. */
export const isFor = (manifest, sealing) => manifest.keys.includes(hex(sealing));
