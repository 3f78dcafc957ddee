// The chosen files, each with what was seen in it before sealing.

import { h } from "../dom.js";
import { list, size, t, title } from "../words.js";

const GOOD = ["complete"];
const UNCERTAIN = ["not_looked_into", "compound"];

/** Whether nothing speaks against sealing it: all columns are there, or this page cannot tell. */
export const isSure = (said) => said !== null && [...GOOD, ...UNCERTAIN].includes(said.code);

const tone = (said) => (said === null || UNCERTAIN.includes(said.code) ? "note" : GOOD.includes(said.code) ? "good" : "bad");

function sentence(said) {
  if (said === null) return t("looking");
  const about = { sheet: said.sheet, row: said.row, columns: said.fields && list(said.fields.map((field) => t("quoted", { text: title(field) }))) };
  return t(said.code === "columns_missing" && said.sheet ? "look_columns_missing_in" : `look_${said.code}`, about);
}

export const filesList = (entries, remove) =>
  entries.length
    ? h("ul.files", { "aria-label": t("files_chosen") }, entries.map((entry) =>
        h("li", { "data-said": entry.said?.code ?? "looking" },
          h("div", null,
            h("strong", null, entry.file.name), " ", h("span.note", null, size(entry.file.size)),
            h(`p.${tone(entry.said)}`, null, sentence(entry.said))),
          h("button.quiet", { type: "button", "aria-label": t("remove_file", { file: entry.file.name }), onclick: () => remove(entry) }, t("remove")))))
    : null;

filesList.sentence = sentence;
