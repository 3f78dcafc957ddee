// Officers' keys on this machine: drawn, and locked under a passphrase with Argon2id.

import { base64, fromBase64, fromUtf8, utf8 } from "./bytes.js";
import { instant, pair, parsePrivate, parsePublic, privateFile, publicLine } from "./lines.js";
import { sodium } from "./sodium.js";
import { Trouble } from "./trouble.js";

export const PASSPHRASE_LENGTH = 12;

const KIND = "locked-officer-key";
const PASSES = 3;
const MEMORY = 128 << 20;
const MOST_PASSES = 16;
const MOST_MEMORY = 1 << 30;
const DAY = 86_400_000;
const VALID_DAYS = 730;

/** A new pair for the officer. `taken` are the ids of keys that there are already. */
export function draw(officer, taken, now) {
  const year = `${officer}-${now.getUTCFullYear()}`;
  let id = year;
  for (let number = 2; taken.includes(id); number += 1) id = `${year}-${number}`;
  // A clock that goes ahead must not make a key that is not valid yet when the first report comes.
  const from = instant(new Date(now.getTime() - DAY));
  const until = instant(new Date(now.getTime() + VALID_DAYS * DAY));
  return pair(id, officer, sodium.randombytes_buf(32), sodium.randombytes_buf(32), from, until);
}

// Half-width or full-width, composed or not: the same passphrase, whatever the input method made of it.
const secretOf = (passphrase, salt, passes, memory) =>
  sodium.crypto_pwhash(
    32, utf8(passphrase.normalize("NFKC")), salt, passes, memory, sodium.crypto_pwhash_ALG_ARGON2ID13,
  );

/** What may be stored or kept as a backup: the public line, and the private file closed with the passphrase. */
export function lock(key, passphrase) {
  const salt = sodium.randombytes_buf(sodium.crypto_pwhash_SALTBYTES);
  const nonce = sodium.randombytes_buf(sodium.crypto_secretbox_NONCEBYTES);
  const secret = secretOf(passphrase, salt, PASSES, MEMORY);
  const box = sodium.crypto_secretbox_easy(utf8(privateFile(key)), nonce, secret);
  return {
    kind: KIND, version: 1, public: publicLine(key), passes: PASSES, memory: MEMORY,
    salt: base64(salt), nonce: base64(nonce), box: base64(box),
  };
}

/** Whether it has the form of what `lock` gives. It may come from a file, so nothing in it is believed. */
export function isLocked(record) {
  const bytes = (word, count) => typeof word === "string" && fromBase64(word)?.length === count;
  const upTo = (number, most) => Number.isInteger(number) && number >= 1 && number <= most;
  return (
    record?.kind === KIND && record.version === 1 && typeof record.public === "string" &&
    upTo(record.passes, MOST_PASSES) && upTo(record.memory, MOST_MEMORY) && record.memory >= 8192 &&
    bytes(record.salt, sodium.crypto_pwhash_SALTBYTES) && bytes(record.nonce, sodium.crypto_secretbox_NONCEBYTES) &&
    typeof record.box === "string" && fromBase64(record.box) !== null
  );
}

/** The pair in a locked record. Throws `Trouble`: wrong_passphrase, or no_key_file. */
export function unlock(record, passphrase) {
  const secret = secretOf(passphrase, fromBase64(record.salt), record.passes, record.memory);
  let text;
  try {
    text = fromUtf8(sodium.crypto_secretbox_open_easy(fromBase64(record.box), fromBase64(record.nonce), secret));
  } catch {
    throw new Trouble("wrong_passphrase");
  }
  const key = parsePrivate(text);
  if (publicLine(key) !== record.public) throw new Trouble("no_key_file");
  return key;
}

/** What a record tells without its passphrase: id, officer, both public keys, validity. */
export const told = (record) => parsePublic(record.public);

/** A locked backup, or the private file of `gateway key new`: `{ record }` or `{ key }`. Throws `Trouble`. */
export function readKeyFile(text) {
  if (!text.trimStart().startsWith("{")) return { key: parsePrivate(text) };
  try {
    const record = JSON.parse(text);
    if (isLocked(record) && told(record)) return { record };
  } catch {
    // falls through to the one sentence for all that is no key file
  }
  throw new Trouble("no_key_file");
}
