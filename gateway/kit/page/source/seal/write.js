// Makes a sealed file; handlers/sealed/SEALED.md gives every byte.

import { hex, joined, utf8 } from "./bytes.js";
import { encode, LONGEST, sign } from "./manifest.js";
import { sodium } from "./sodium.js";
import { Trouble } from "./trouble.js";

export const MAGIC = utf8("SEALED\0");
export const CHUNK = 1 << 18;
const MORE = 0;
const FINAL = 3;

/** The bytes of a file, block by block. Throws `Trouble("file_changed")` when it cannot be read to its end any more. */
async function* blocks(file) {
  for (let at = 0; at < file.size; at += CHUNK) {
    try {
      yield new Uint8Array(await file.slice(at, at + CHUNK).arrayBuffer());
    } catch {
      throw new Trouble("file_changed", { file: file.name });
    }
  }
}

async function listed(file) {
  const hashing = sodium.crypto_hash_sha256_init();
  for await (const block of blocks(file)) sodium.crypto_hash_sha256_update(hashing, block);
  const sha256 = hex(sodium.crypto_hash_sha256_final(hashing));
  // The count of rows is left to the gateway, which alone decides which rows are cases: a wrong count refuses a report.
  return { name: file.name, rows: null, sha256, size: file.size };
}

/** Cuts what comes into chunks of exactly `CHUNK` bytes, and a last one of at least one. */
export class Cutter {
  #waiting = new Uint8Array(CHUNK);
  #filled = 0;

  constructor(out) {
    this.out = out;
  }

  add(block) {
    for (let at = 0; at < block.length; ) {
      if (this.#filled === CHUNK) this.#give(MORE);
      const piece = block.subarray(at, at + CHUNK - this.#filled);
      this.#waiting.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
    }
  }

  end() {
    this.#give(FINAL);
  }

  #give(tag) {
    this.out(this.#waiting.subarray(0, this.#filled), tag);
    this.#filled = 0;
  }
}

/** The header: for each recipient's public key the content key, and the beginning of the stream. */
export function headerOf(recipients, contentKey, stream) {
  const slots = recipients.map((key) => joined(key.subarray(0, 8), sodium.crypto_box_seal(contentKey, key)));
  return joined(MAGIC, Uint8Array.of(1, slots.length), ...slots, stream);
}

/** Manifest and signature, as they stand at the beginning of the body. */
export function beginning(raw, seed) {
  if (raw.length > LONGEST) throw new Trouble("too_many_files");
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, raw.length);
  return joined(length, raw, sign(raw, seed));
}

/**
 * A sealed file as a `Blob`, and its manifest; no files make a nil return.
 *
 * `about` gives sender, key, recipient, dataflow, period, sequence, signed. `told(done, all)` hears of the bytes read.
 */
export async function seal(files, about, recipients, seed, told = () => {}) {
  const list = [];
  for (const file of files) list.push(await listed(file));
  const manifest = { ...about, files: list, keys: recipients.map(hex), nil: list.length === 0 };
  const raw = encode(manifest);
  const contentKey = sodium.crypto_secretstream_xchacha20poly1305_keygen();
  const stream = sodium.crypto_secretstream_xchacha20poly1305_init_push(contentKey);
  const header = headerOf(recipients, contentKey, stream.header);
  const pieces = [header];
  let bound = header;
  const cutter = new Cutter((chunk, tag) => {
    pieces.push(sodium.crypto_secretstream_xchacha20poly1305_push(stream.state, chunk, bound, tag));
    bound = null;
  });
  cutter.add(beginning(raw, seed));
  await feed(files, list, cutter, told);
  cutter.end();
  return { manifest, blob: new Blob(pieces, { type: "application/octet-stream" }) };
}

async function feed(files, list, cutter, told) {
  const all = files.reduce((sum, file) => sum + file.size, 0);
  let done = 0;
  for (const [at, file] of files.entries()) {
    const hashing = sodium.crypto_hash_sha256_init();
    for await (const block of blocks(file)) {
      sodium.crypto_hash_sha256_update(hashing, block);
      cutter.add(block);
      told((done += block.length), all);
    }
    const digest = hex(sodium.crypto_hash_sha256_final(hashing));
    if (digest !== list[at].sha256) throw new Trouble("file_changed", { file: file.name });
  }
}
