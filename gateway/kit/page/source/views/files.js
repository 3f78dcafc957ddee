// The chosen files, each with what was seen in it before sealing.

import { button, h } from "../dom.js";
import { list, size, t, title } from "../words.js";

const GOOD = ["complete"];
const UNCERTAIN = ["not_looked_into", "compound"];

/** Whether nothing speaks against sealing it: all columns are there, or this page cannot tell. */
export const isSure = (said) => said !== null && [...GOOD, ...UNCERTAIN].includes(said.code);

const tone = (said) => (!isSure(said) && said !== null ? "bad" : GOOD.includes(said?.code) ? "good" : "note");

function sentence(said) {
  if (said === null) return t("looking");
  const columns = list((said.fields ?? []).map((field) => t("quoted", { text: title(field) })));
  const name = said.code === "columns_missing" && said.sheet ? "look_columns_missing_in" : `look_${said.code}`;
  return t(name, { sheet: said.sheet, row: said.row, columns });
}

export const filesList = (entries, remove) =>
  entries.length
    ? h("ul.files", { "aria-label": t("files_chosen") }, entries.map((entry, number) => item(entry, number, remove)))
    : null;

function item(entry, number, remove) {
  const { file, said } = entry;
  const label = { "aria-label": t("remove_file", { file: file.name }) };
  return h("li", { "data-said": said?.code ?? "looking" },
    h("div", null,
      h("strong", null, file.name), " ", h("span.note", null, size(file.size)),
      h(`p.${tone(said)}`, null, sentence(said))),
    button(`remove-${number}`, t("remove"), () => remove(entry), "button.quiet", label));
}

filesList.sentence = sentence;
