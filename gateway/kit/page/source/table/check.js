// Looks at a file before it is sealed: has it the header of the chosen report, and all the columns it must have?
//
// It only advises. The gateway reads more kinds of files than this page, and it alone decides.

import { Trouble } from "../seal/trouble.js";
import { readingsOf } from "./csv.js";
import { findHeader, SEEN_ROWS } from "./header.js";
import { documentOf } from "./ods.js";
import { sheetsOf } from "./xlsx.js";

const ZIP = [0x50, 0x4b, 0x03, 0x04];
const COMPOUND = [0xd0, 0xcf, 0x11, 0xe0];
const TEXT = /\.(csv|tsv|tab)$/i;
const WORKBOOK = /\.(xlsx|xlsm)$/i;
const DOCUMENT = /\.ods$/i;

/**
 * What is to be said of it: `complete`, `columns_missing` (with `fields`), `no_header`, `empty`, `not_looked_into`,
 * `compound` (old Excel, or one with a password), `sealed_already`.
 */
export async function look(file, dataflow) {
  const head = new Uint8Array(await file.slice(0, 8).arrayBuffer());
  const begins = (bytes) => bytes.every((byte, at) => head[at] === byte);
  if (!file.size) return { code: "empty" };
  if (begins([0x53, 0x45, 0x41, 0x4c, 0x45, 0x44, 0])) return { code: "sealed_already" };
  if (begins(COMPOUND)) return { code: "compound" };
  try {
    if (begins(ZIP) && WORKBOOK.test(file.name)) return judged(await sheetsOf(file, SEEN_ROWS), dataflow);
    if (begins(ZIP) && DOCUMENT.test(file.name)) return inDocument(await documentOf(file, SEEN_ROWS), dataflow);
    if (TEXT.test(file.name)) return judged(await readingsOf(file, SEEN_ROWS), dataflow);
  } catch (trouble) {
    if (!(trouble instanceof Trouble)) throw trouble;
  }
  return { code: "not_looked_into" };
}

/** What was not read to its end may hold elsewhere what was not found. */
function inDocument({ sheets, isWhole }, dataflow) {
  const said = judged(sheets, dataflow);
  return isWhole || said.code === "complete" ? said : { code: "not_looked_into" };
}

/** The best that any sheet gives: explanations and code lists may stand beside the report. */
function judged(sheets, dataflow) {
  const found = sheets.map(({ name, rows }) => ({ name, header: findHeader(dataflow, rows) })).filter((s) => s.header);
  const whole = found.find(({ header }) => !header.missing.length);
  if (whole) return { code: "complete", sheet: whole.name, row: whole.header.row };
  const isEmpty = sheets.every(({ rows }) => !rows.flat().some((cell) => cell.trim()));
  if (!found.length) return { code: isEmpty ? "empty" : "no_header" };
  const [nearest] = found.sort((one, other) => one.header.missing.length - other.header.missing.length);
  return { code: "columns_missing", sheet: nearest.name, fields: nearest.header.missing };
}
