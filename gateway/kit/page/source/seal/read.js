// Opens a sealed file, step by step as handlers/sealed/SEALED.md says; nothing is given out before all of it is proven.

import { hex, joined, same } from "./bytes.js";
import { isFor, MOST_RECIPIENTS, parse, signer } from "./manifest.js";
import { sodium } from "./sodium.js";
import { Trouble } from "./trouble.js";
import { CHUNK, MAGIC } from "./write.js";

const SLOT = 88;
const STREAM = 24;
const TAG = 17;
const FIRST = MAGIC.length + 2;
const MORE = 0;
const FINAL = 3;
const MOST_FILES = 1000;
const MOST_BYTES = 1 << 29;

/** `{ header, slots, body }`. Throws `Trouble`: damaged, or unsupported. */
function split(data) {
  if (!same(data.subarray(0, MAGIC.length), MAGIC) || data.length < FIRST) throw new Trouble("damaged");
  if (data[MAGIC.length] !== 1) throw new Trouble("unsupported");
  const count = data[MAGIC.length + 1];
  const end = FIRST + count * SLOT + STREAM;
  if (count < 1 || count > MOST_RECIPIENTS || data.length < end) throw new Trouble("damaged");
  const slots = Array.from({ length: count }, (_, n) => data.subarray(FIRST + n * SLOT, FIRST + (n + 1) * SLOT));
  return { header: data.subarray(0, end), slots, body: data.subarray(end) };
}

/** The content key, and the pair that opened its slot. Throws `Trouble("needs_key")`. */
function unlock(slots, keys) {
  for (const key of keys) {
    for (const slot of slots.filter((one) => same(one.subarray(0, 8), key.sealing.subarray(0, 8)))) {
      try {
        return { contentKey: sodium.crypto_box_seal_open(slot.subarray(8), key.sealing, key.secret), key };
      } catch {
        // a damaged slot, or another key with the same first bytes
      }
    }
  }
  throw new Trouble("needs_key");
}

/** The plain chunks, each authentic, whole, and the last one marked as the last. */
function* chunks(header, body, contentKey) {
  const state = sodium.crypto_secretstream_xchacha20poly1305_init_pull(header.subarray(-STREAM), contentKey);
  let bound = header;
  for (let at = 0, tag = MORE; tag === MORE; at += CHUNK + TAG) {
    const block = body.subarray(at, at + CHUNK + TAG);
    if (block.length < TAG) throw new Trouble("damaged");
    const pulled = sodium.crypto_secretstream_xchacha20poly1305_pull(state, block, bound);
    if (!pulled) throw new Trouble("damaged");
    const { message } = pulled;
    tag = pulled.tag;
    const isLast = tag === FINAL && message.length > 0 && at + block.length === body.length;
    if (!(tag === MORE ? message.length === CHUNK : isLast)) throw new Trouble("damaged");
    bound = null;
    yield message;
  }
}

/** Manifest and signature lie in the first chunk; `rest` is the first of the files' bytes. */
function beginning(chunk) {
  if (chunk.length < 4) throw new Trouble("damaged");
  const end = 4 + new DataView(chunk.buffer, chunk.byteOffset).getUint32(0);
  if (end === 4 || chunk.length < end + 64) throw new Trouble("damaged");
  const raw = chunk.subarray(4, end);
  return { raw, manifest: parse(raw), signature: chunk.subarray(end, end + 64), rest: chunk.subarray(end + 64) };
}

const sameRecipients = (slots, { keys }) =>
  slots.length === keys.length && slots.every((slot, n) => hex(slot.subarray(0, 8)) === keys[n].slice(0, 16));

function demand(condition, code = "forged") {
  if (!condition) throw new Trouble(code);
}

/**
 * `{ manifest, files: [{ name, rows, size, blob }] }` of a file that one of `publics` signed for one of `keys`.
 *
 * `parties` says who must have sent it, and to whom: ids of departments. Throws `Trouble`: damaged, unsupported,
 * needs_key, forged, too_large.
 */
export function open(data, keys, publics, parties, told = () => {}) {
  const { header, slots, body } = split(data);
  const { contentKey, key } = unlock(slots, keys);
  const plain = chunks(header, body, contentKey);
  const { raw, manifest, signature, rest } = beginning(plain.next().value);
  demand(sameRecipients(slots, manifest));
  demand(signer(raw, signature, publics) && isFor(manifest, key.sealing));
  demand(manifest.sender === parties.sender && manifest.recipient === parties.recipient);
  const all = manifest.files.reduce((sum, file) => sum + file.size, 0);
  demand(manifest.files.length <= MOST_FILES && all <= MOST_BYTES, "too_large");
  return { manifest, files: collected(manifest.files, rest, plain, told, all) };
}

function collected(list, first, plain, told, all) {
  let rest = first;
  let done = 0;
  const files = list.map((file) => {
    const hashing = sodium.crypto_hash_sha256_init();
    const pieces = [];
    for (let missing = file.size; missing; ) {
      if (!rest.length) {
        const { value } = plain.next();
        demand(value);
        rest = value;
      }
      const piece = rest.subarray(0, missing);
      rest = rest.subarray(piece.length);
      missing -= piece.length;
      sodium.crypto_hash_sha256_update(hashing, piece);
      pieces.push(piece);
      told((done += piece.length), all);
    }
    demand(hex(sodium.crypto_hash_sha256_final(hashing)) === file.sha256);
    return { name: file.name, rows: file.rows, size: file.size, blob: new Blob([joined(...pieces)]) };
  });
  demand(!rest.length && plain.next().done);
  return files;
}
