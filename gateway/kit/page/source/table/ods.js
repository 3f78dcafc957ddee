// The first rows of each sheet of an OpenDocument workbook (.ods), found as handlers/open_document.py finds them.

import { Trouble } from "../seal/trouble.js";
import { tags } from "./xml.js";
import { entries, text } from "./zip.js";

const MOST_SHEETS = 20;
const MOST_COLUMNS = 500;
const LONGEST_TEXT = 32_767;
const DEEPEST = 100;
const CONTENT_PART = 64 << 20;
const CELLS = ["table-cell", "covered-table-cell"];
const MARKS = { s: " ", tab: "\t", "line-break": "\n" };
const ASIDE = ["annotation", "ruby-text", "frame", "custom-shape"];

/** `{ sheets, isWhole }`: `[{ name, rows }]`, and whether that is all; a very long document is not read to its end. */
export async function documentOf(blob, count) {
  const part = (await entries(blob)).get("content.xml");
  if (!part) throw new Trouble("not_looked_into");
  const content = new Content(count);
  for await (const tag of tags(text(blob, part, CONTENT_PART))) {
    content.take(tag);
    if (content.isWhole) break;
  }
  if (!content.isSpreadsheet) throw new Trouble("not_looked_into"); // another document, or one under a password
  return content;
}

const times = (digits) => Math.max(1, /^\d{1,9}$/.test(digits ?? "") ? Number(digits) : 1);

/** Takes the document apart as it comes. */
class Content {
  sheets = [];
  isSpreadsheet = false;
  isWhole = false;
  #count;
  #path = [];
  #rows = null; // of the sheet we are in
  #row = [];
  #repeated = 1;
  #cell = null;

  constructor(count) {
    this.#count = count;
  }

  take(tag) {
    this.#cell?.heard(tag.text);
    if (tag.opens) {
      if (this.#path.push(tag.name) > DEEPEST) throw new Trouble("not_looked_into");
      this.#opened(tag.name, this.#path.at(-2), tag.attributes);
    }
    if (tag.closes) {
      this.#path.pop();
      this.#closed(tag.name, this.#path.at(-1));
    }
  }

  #opened(name, above, attributes) {
    if (this.#cell) this.#cell.opened(name, attributes);
    else if (name === "spreadsheet") this.isSpreadsheet = true;
    else if (name === "table" && above === "spreadsheet") this.#begin(attributes().name ?? "");
    else if (name === "table-row") [this.#row, this.#repeated] = [[], times(attributes()["number-rows-repeated"])];
    else if (CELLS.includes(name) && this.#rows && this.#rows.length < this.#count) {
      this.#cell = new Cell(times(attributes()["number-columns-repeated"]));
    }
  }

  #closed(name, above) {
    if (this.#cell) {
      if (this.#cell.isClosedBy()) this.#put();
    } else if (name === "table-row" && this.#rows) this.#place();
    else if (name === "table" && above === "spreadsheet") this.#rows = null;
    else if (name === "spreadsheet") this.isWhole = true;
  }

  #begin(name) {
    if (this.sheets.length >= MOST_SHEETS) return;
    this.#rows = [];
    this.sheets.push({ name, rows: this.#rows });
  }

  #put() {
    const room = MOST_COLUMNS - this.#row.length;
    for (let n = Math.min(this.#cell.times, room); n > 0; n -= 1) this.#row.push(this.#cell.text);
    this.#cell = null;
  }

  #place() {
    const room = this.#count - this.#rows.length;
    for (let n = Math.min(this.#repeated, room); n > 0; n -= 1) this.#rows.push(this.#row);
  }
}

/** One cell: the words of its own paragraphs, without remarks, shapes, and what helps to read a word aloud. */
class Cell {
  text = "";
  #path = [];
  #paragraphs = 0;
  #begins = true; // a paragraph, whose leading blank does not count

  constructor(repeated) {
    this.times = repeated;
  }

  heard(words) {
    if (!words || !this.#isShown()) return;
    const plain = words.replace(/[ \t\r\n]+/g, " ");
    this.#add(this.#begins ? plain.replace(/^ /, "") : plain);
  }

  opened(name, attributes) {
    if (name === "p" && !this.#path.length) {
      if (this.#paragraphs) this.text += "\n";
      this.#paragraphs += 1;
      this.#begins = true;
    } else if (name in MARKS && this.#isShown()) {
      this.#add(MARKS[name].repeat(name === "s" ? Math.min(times(attributes().c), LONGEST_TEXT) : 1));
    }
    this.#path.push(name);
  }

  /** Whether the tag that ends here is the cell itself, and not something in it. */
  isClosedBy() {
    return this.#path.pop() === undefined;
  }

  #isShown() {
    return this.#path[0] === "p" && !this.#path.some((name) => ASIDE.includes(name)) && this.text.length < LONGEST_TEXT;
  }

  #add(words) {
    this.text += words;
    this.#begins = false;
  }
}
