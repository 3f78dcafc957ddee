// Looks into a ZIP file without unpacking it: the list of entries, and the beginning of one of them.
//
// A workbook of the officer's own is read here, but nothing about it is believed: every length has a bound.

import { Trouble } from "../seal/trouble.js";

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const END_BYTES = 22;
const LONGEST_COMMENT = 65_535;
const MOST_ENTRIES = 4096;
const LARGEST_LIST = 1 << 20;
const STORED = 0;
const DEFLATED = 8;

const view = async (blob, from, to) => new DataView(await blob.slice(from, to).arrayBuffer());

/** Names to where their bytes lie. Throws `Trouble("not_looked_into")` for what this small reader does not know. */
export async function entries(blob) {
  const from = Math.max(0, blob.size - END_BYTES - LONGEST_COMMENT);
  const tail = await view(blob, from, blob.size);
  let at = tail.byteLength - END_BYTES;
  while (at >= 0 && tail.getUint32(at, true) !== END) at -= 1;
  if (at < 0) throw new Trouble("not_looked_into");
  const count = tail.getUint16(at + 10, true);
  const [size, start] = [12, 16].map((field) => tail.getUint32(at + field, true));
  if (count > MOST_ENTRIES || size > LARGEST_LIST || start + size > blob.size) throw new Trouble("not_looked_into");
  return listed(await view(blob, start, start + size), count);
}

function listed(list, count) {
  const found = new Map();
  for (let n = 0, at = 0; n < count; n += 1) {
    if (at + 46 > list.byteLength || list.getUint32(at, true) !== ENTRY) throw new Trouble("not_looked_into");
    const [name, extra, comment] = [28, 30, 32].map((field) => list.getUint16(at + field, true));
    if (at + 46 + name > list.byteLength) throw new Trouble("not_looked_into");
    const bytes = new Uint8Array(list.buffer, list.byteOffset + at + 46, name);
    found.set(new TextDecoder().decode(bytes), {
      encrypted: (list.getUint16(at + 8, true) & 1) === 1,
      method: list.getUint16(at + 10, true),
      packed: list.getUint32(at + 20, true),
      offset: list.getUint32(at + 42, true),
    });
    at += 46 + name + extra + comment;
  }
  return found;
}

/** The text of an entry, in UTF-8, piece by piece; whoever has read enough stops. `most` bounds the unpacked bytes. */
export async function* text(blob, entry, most) {
  if (entry.encrypted || ![STORED, DEFLATED].includes(entry.method)) throw new Trouble("not_looked_into");
  const local = await view(blob, entry.offset, entry.offset + 30);
  if (local.byteLength < 30 || local.getUint32(0, true) !== LOCAL) throw new Trouble("not_looked_into");
  const start = entry.offset + 30 + local.getUint16(26, true) + local.getUint16(28, true);
  const packed = blob.slice(start, start + entry.packed).stream();
  const plain = entry.method === STORED ? packed : packed.pipeThrough(new DecompressionStream("deflate-raw"));
  const reader = plain.getReader();
  const decoder = new TextDecoder();
  try {
    for (let size = 0; size < most; ) {
      const { done, value } = await reader.read();
      if (done) return;
      size += value.length;
      yield decoder.decode(value, { stream: true });
    }
  } catch {
    throw new Trouble("not_looked_into");
  } finally {
    reader.cancel().catch(() => {});
  }
}
