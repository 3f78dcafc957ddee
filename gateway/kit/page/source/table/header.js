// Where the columns of a report stand in a sheet, found as the gateway finds them (gateway/checks/sheet.py, normal.py).

import { joined } from "./two_rows.js";

export const SEEN_ROWS = 30;

const LONGEST = 60;
const FIGURES = /^[\d \t\n\v\f\r./:T+-]+$/;
const INVISIBLE = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/g;
const NOISE = /[^\p{L}\p{N}]+/gu;
const BRACKETED = /[([{【〔《<][^)\]}】〕》>]*[)\]}】〕》>]/g;

const visible = (text) => text.replace(INVISIBLE, "").normalize("NFKC");

/** Each letter by itself: as a word, an s at the end would become another one. */
const folded = (text) =>
  Array.from(text, (letter) => letter.toLowerCase()).join("").replaceAll("ß", "ss").replaceAll("ς", "σ");

/** What is left of a header or title when only letters and digits count. */
export const key = (text) => folded(visible(text)).replace(NOISE, "");

/** The keys under which a header may be known: as a whole, and without what stands in brackets. */
export function headerKeys(text) {
  const whole = key(text);
  const bare = key(visible(text).replace(BRACKETED, ""));
  return bare && bare !== whole ? [whole, bare] : whole ? [whole] : [];
}

/** Field names by every key under which their header may be written. What two fields share names neither. */
function names(dataflow) {
  const texts = (field) => [field.name, field.titles.zh_CN, field.titles.en, ...field.aliases];
  const pairs = (keysOf) => dataflow.fields.flatMap((f) => texts(f).flatMap((t) => keysOf(t).map((k) => [k, f.name])));
  return new Map([...unshared(pairs(headerKeys)), ...unshared(pairs((text) => [key(text)]))]);
}

function unshared(pairs) {
  const found = new Map();
  for (const [word, name] of pairs.filter(([word]) => word)) {
    found.set(word, found.has(word) && found.get(word) !== name ? null : name);
  }
  return [...found].filter(([, name]) => name !== null);
}

const known = (row, named) => {
  const cells = row.filter((cell) => cell && [...cell].length <= LONGEST && !FIGURES.test(cell));
  return new Set(cells.flatMap(headerKeys).map((word) => named.get(word)).filter(Boolean));
};

/** `{ row, missing }`: the header's last row, counted from 1, and the required fields without a column; or null. */
export function findHeader(dataflow, rows) {
  const named = names(dataflow);
  const head = rows.slice(0, SEEN_ROWS);
  const counts = head.map((row) => known(row, named).size);
  const most = Math.max(0, ...counts);
  const required = dataflow.fields.filter((field) => field.required);
  const enough = Math.max(Math.min(2, dataflow.fields.length), Math.floor((required.length + 1) / 2));
  const best = most ? counts.indexOf(most) + 1 : 0;
  const one = most >= enough ? shape(required, named, head[best - 1], best) : null;
  if (best && (!one || one.missing.length)) {
    const both = inTwoRows(required, named, head, best);
    if (both && both.columns.size >= enough && both.columns.size > (one ? one.columns.size : 0)) return both;
  }
  return one;
}

/** The best header that a row makes together with a neighbour; none that has a field twice. */
function inTwoRows(required, named, head, best) {
  const isKnown = (text) => headerKeys(text).some((word) => named.has(word));
  const found = [best - 1, best]
    .filter((first) => first >= 1 && first < head.length)
    .map((first) => shape(required, named, joined(isKnown, head[first - 1], head[first]), first + 1))
    .filter((both) => !both.doubled);
  return found.reduce((one, other) => (one && one.columns.size >= other.columns.size ? one : other), null);
}

function shape(required, named, row, number) {
  const columns = new Set();
  let doubled = false;
  for (const cell of row) {
    const field = headerKeys(cell).map((word) => named.get(word)).find(Boolean);
    doubled ||= field !== undefined && columns.has(field);
    if (field) columns.add(field);
  }
  return { row: number, columns, doubled, missing: required.filter((field) => !columns.has(field.name)) };
}
