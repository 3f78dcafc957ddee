// The first rows of a text table, whatever encoding and separator the program of a clerk chose.

import { Trouble } from "../seal/trouble.js";

const HEAD = 1 << 20;
const SAMPLE = 200;
const SEPARATORS = [",", "\t", ";"];
const MARKS = [
  [[0xef, 0xbb, 0xbf], "utf-8"],
  [[0xff, 0xfe], "utf-16le"],
  [[0xfe, 0xff], "utf-16be"],
];

/** One sheet without a name for each way to read the bytes: `[{ name, rows }]`, at most `count` rows.
 *
 * Nearly every text in Big5 is one in GB18030 too, of other characters: the header shows which of the two was meant.
 * Throws `Trouble("not_looked_into")`.
 */
export async function readingsOf(blob, count) {
  const bytes = new Uint8Array(await blob.slice(0, HEAD).arrayBuffer());
  return readings(bytes, blob.size > HEAD).map((text) => ({ name: "", rows: rowsOf(text, count) }));
}

function rowsOf(text, count) {
  const choice = /^sep=([,;\t])\r?\n/i.exec(text);
  const rows = records(text, choice?.[1] ?? likeliest(text), count);
  if (choice) rows[0] = [];
  return rows;
}

/** By its mark, else UTF-8, else GB18030 and Big5; each strictly, but for a character that the end of the head cuts. */
function readings(bytes, isCut) {
  const read = (encoding) => {
    try {
      return [new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: isCut })];
    } catch {
      return [];
    }
  };
  const marked = MARKS.find(([mark]) => mark.every((byte, at) => bytes[at] === byte));
  const first = read(marked?.[1] ?? "utf-8");
  const found = marked || first.length ? first : ["gb18030", "big5"].flatMap(read);
  if (!found.length) throw new Trouble("not_looked_into");
  return found;
}

/** The one that cuts most rows into the same number of cells, more than one; a comma if none does. */
function likeliest(text) {
  let best = { share: 0, width: 0, separator: SEPARATORS[0] };
  for (const separator of SEPARATORS) {
    const widths = records(text, separator, SAMPLE).filter((row) => row.some(Boolean)).map((row) => row.length);
    const counts = new Map();
    for (const width of widths) counts.set(width, (counts.get(width) ?? 0) + 1);
    for (const [width, count] of counts) {
      const share = count / widths.length;
      const better = share > best.share || (share === best.share && width > best.width);
      if (width > 1 && better) best = { share, width, separator };
    }
  }
  return best.separator;
}

/** Cells of the first records, quoted ones with their line ends. */
function records(text, separator, count) {
  const rows = [];
  let row = [];
  let at = 0;
  while (at < text.length && rows.length < count) {
    let cell = "";
    if (text[at] === '"') {
      [cell, at] = quoted(text, at + 1);
    } else {
      const from = at;
      while (at < text.length && text[at] !== separator && text[at] !== "\n" && text[at] !== "\r") at += 1;
      cell = text.slice(from, at);
    }
    row.push(cell);
    if (text[at] === separator) {
      at += 1;
      if (at < text.length) continue;
      row.push("");
    }
    rows.push(row);
    row = [];
    at += text.startsWith("\r\n", at) ? 2 : 1;
  }
  return rows;
}

function quoted(text, from) {
  let cell = "";
  for (let at = from; ; ) {
    const end = text.indexOf('"', at);
    if (end < 0) return [cell + text.slice(at), text.length];
    cell += text.slice(at, end);
    if (text[end + 1] !== '"') return [cell, end + 1];
    cell += '"';
    at = end + 2;
  }
}
