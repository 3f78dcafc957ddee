// The first rows of each sheet of a workbook (.xlsx, .xlsm), as the texts that its cells show.

import { Trouble } from "../seal/trouble.js";
import { tags } from "./xml.js";
import { entries, text } from "./zip.js";

const MOST_SHEETS = 20;
const MOST_COLUMNS = 500;
const SMALL_PART = 1 << 20;
const SHEET_PART = 8 << 20;
const TEXTS_PART = 32 << 20;

/** `[{ name, rows }]`: at most `count` rows of each sheet. Throws `Trouble("not_looked_into")`. */
export async function sheetsOf(blob, count) {
  const parts = await entries(blob);
  const [book, texts, sheets] = await structure(blob, parts);
  const found = [];
  for (const { name, target } of (await named(blob, parts, book, sheets)).slice(0, MOST_SHEETS)) {
    found.push({ name, rows: await rowsOf(blob, parts.get(target), count) });
  }
  const wanted = Math.max(-1, ...found.flatMap(({ rows }) => rows.flat()).map((cell) => cell?.shared ?? -1));
  const shared = wanted < 0 ? [] : await sharedTexts(blob, parts.get(texts), wanted + 1);
  const shown = (cell) => (cell === undefined ? "" : typeof cell === "string" ? cell : (shared[cell.shared] ?? ""));
  return found.map(({ name, rows }) => ({ name, rows: rows.map((row) => Array.from(row, shown)) }));
}

/** Where the book, its shared texts and its sheets lie, as its relationships say. */
async function structure(blob, parts) {
  const [book] = (await relations(blob, parts, "")).filter(({ type }) => type.endsWith("/officeDocument"));
  if (!book) throw new Trouble("not_looked_into");
  const related = await relations(blob, parts, book.target);
  const texts = related.find(({ type }) => type.endsWith("/sharedStrings"))?.target;
  return [book.target, texts, new Map(related.map(({ id, target }) => [id, target]))];
}

async function relations(blob, parts, of) {
  const cut = of.lastIndexOf("/") + 1;
  const part = parts.get(`${of.slice(0, cut)}_rels/${of.slice(cut)}.rels`);
  if (!part) throw new Trouble("not_looked_into");
  const found = [];
  for await (const tag of tags(text(blob, part, SMALL_PART))) {
    const { Id: id, Type: type = "", Target: target = "" } = tag.name === "Relationship" ? tag.attributes() : {};
    if (id) found.push({ id, type, target: resolved(of.slice(0, cut), target) });
  }
  return found;
}

function resolved(folder, target) {
  const steps = [];
  for (const step of (target.startsWith("/") ? target : folder + target).split("/")) {
    if (step === "..") steps.pop();
    else if (step && step !== ".") steps.push(step);
  }
  return steps.join("/");
}

async function named(blob, parts, book, targets) {
  const part = parts.get(book);
  if (!part) throw new Trouble("not_looked_into");
  const found = [];
  for await (const tag of tags(text(blob, part, SMALL_PART))) {
    if (tag.name !== "sheet" || !tag.opens) continue;
    const { name = "", id } = tag.attributes();
    if (parts.has(targets.get(id))) found.push({ name, target: targets.get(id) });
  }
  return found;
}

/** Rows of cells: a text, or `{ shared }` for the number of a shared text. */
async function rowsOf(blob, part, count) {
  const rows = [];
  let row = 0;
  let cell = null;
  for await (const tag of tags(text(blob, part, SHEET_PART))) {
    if (tag.name === "sheetData" && tag.closes) break;
    if (tag.name === "row" && tag.opens) {
      row = Number(tag.attributes().r ?? row + 1);
      if (!(row >= 1 && row <= count)) break;
      while (rows.length < row) rows.push([]);
    }
    if (tag.name === "c" && tag.opens && row) cell = begun(tag.attributes(), rows[row - 1].length);
    if (cell && tag.name === "v" && tag.closes) cell.value = tag.text;
    if (cell && tag.name === "t" && tag.closes) cell.text += tag.text;
    if (cell && tag.name === "c" && tag.closes) {
      if (cell.column < MOST_COLUMNS) rows[row - 1][cell.column] = ended(cell);
      cell = null;
    }
  }
  return rows;
}

function begun({ r = "", t = "" }, next) {
  const letters = /^[A-Z]{1,3}/.exec(r)?.[0] ?? "";
  const column = [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
  return { kind: t, column: letters ? column - 1 : next, value: "", text: "" };
}

function ended({ kind, value, text: own }) {
  if (kind === "s") return { shared: Number(value) };
  return decoded(kind === "inlineStr" ? own : value);
}

/** Without the way in which Excel writes control characters. */
const decoded = (shown) => shown.replace(/_x([0-9A-Fa-f]{4})_/g, (_, code) => String.fromCharCode(parseInt(code, 16)));

/** The first shared texts; what is only said beside one, for reading it aloud, is left out. */
async function sharedTexts(blob, part, count) {
  const found = [];
  if (!part) throw new Trouble("not_looked_into");
  let own = "";
  let beside = false;
  for await (const tag of tags(text(blob, part, TEXTS_PART))) {
    if (tag.name === "rPh") beside = tag.opens && !tag.closes;
    if (tag.name === "t" && tag.closes && !beside) own += tag.text;
    if (tag.name === "si" && tag.closes) {
      found.push(decoded(own));
      own = "";
      if (found.length >= count) break;
    }
  }
  return found;
}
