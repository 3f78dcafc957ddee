// Where the columns of a report stand in a sheet, found as the gateway finds them (gateway/checks/sheet.py, normal.py).

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

/** `{ row, missing }`: the header's row, counted from 1, and the required fields without a column; or null. */
export function findHeader(dataflow, rows) {
  const named = names(dataflow);
  const counts = rows.slice(0, SEEN_ROWS).map((row) => known(row, named).size);
  const most = Math.max(0, ...counts);
  const required = dataflow.fields.filter((field) => field.required);
  const enough = Math.max(Math.min(2, dataflow.fields.length), Math.floor((required.length + 1) / 2));
  if (most < enough) return null;
  const at = counts.indexOf(most);
  const found = new Set(rows[at].map((cell) => headerKeys(cell).map((word) => named.get(word)).find(Boolean)));
  return { row: at + 1, missing: required.filter((field) => !found.has(field.name)) };
}
