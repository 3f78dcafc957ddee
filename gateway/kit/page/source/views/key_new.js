// A key that was not here yet: made, or brought in from a file.

import { alarm, button, dropPlace, form, h, passphrase, say, submit } from "../dom.js";
import * as keyring from "../keyring.js";
import { PASSPHRASE_LENGTH, readKeyFile } from "../seal/keys.js";
import { t } from "../words.js";

const LARGEST_FILE = 1 << 16;
const FIRST_FIELD = { make: "new-1", bring: "bring-1", unlock: "unlock-1" };

/** What went wrong and where, whether another key is being made, the file to bring one from. */
export const state = { trouble: null, making: false, file: null };

const value = (id) => document.getElementById(id)?.value ?? "";
const troubleAt = (place) => (state.trouble?.place === place ? alarm(state.trouble.text) : null);
const advice = () => t("passphrase_advice", { n: PASSPHRASE_LENGTH });

/** Runs what takes a second, and shows what went wrong beside the form it came from; `done` names a sentence. */
export async function tried(app, place, action, done) {
  state.trouble = null;
  try {
    await app.during(t("working"), action);
    app.render("view-title");
    say(t(done));
  } catch (trouble) {
    state.trouble = { place, text: app.sentence(trouble) };
    app.render(FIRST_FIELD[place]);
  }
}

/** Making a key; with a `record` there is one already. */
export function maker(app, record) {
  const make = () => {
    keyring.make(value("new-1"), value("new-2"));
    state.making = false;
  };
  const back = () => {
    state.making = false;
    app.render("view-title");
  };
  return [
    h("p", null, t(record ? "key_renew_why" : "key_why")),
    h("div.card", null,
      form(() => tried(app, "make", make, "key_made"),
        passphrase("new-1", t("passphrase_new"), "new-password", advice()),
        passphrase("new-2", t("passphrase_again"), "new-password"),
        troubleAt("make"),
        h("p.actions", null, submit("make", t("key_make")), record && button("make-not", t("back"), back)))),
    record ? null : h("details", { id: "key-bring" }, h("summary", null, t("key_have")), bringer(app)),
  ].filter(Boolean);
}

/** Bringing one in: a locked backup asks for its passphrase, an open file for a new one. */
export function bringer(app) {
  const bring = () => {
    keyring.bring(state.file.text, value("bring-1"), value("bring-2"));
    Object.assign(state, { file: null, making: false });
  };
  return form(() => state.file && tried(app, "bring", bring, "key_brought"),
    dropPlace({
      id: "bring-file",
      label: t("choose_key_file"),
      note: t("key_file_note"),
      onfiles: ([file]) => chosen(app, file),
    }),
    state.file && secrets(state.file),
    troubleAt("bring"),
    state.file && h("p.actions", null, submit("bring", t("key_bring"))));
}

const secrets = ({ name, isLocked }) => [
  h("p", null, h("strong", null, name)),
  isLocked
    ? passphrase("bring-1", t("passphrase"), "current-password")
    : [
        passphrase("bring-1", t("passphrase_new"), "new-password", advice()),
        passphrase("bring-2", t("passphrase_again"), "new-password"),
      ],
];

async function chosen(app, file) {
  try {
    if (file.size > LARGEST_FILE) throw new RangeError("no key file");
    const text = await file.text();
    state.file = { name: file.name, text, isLocked: Boolean(readKeyFile(text).record) };
    state.trouble = null;
  } catch {
    Object.assign(state, { file: null, trouble: { place: "bring", text: t("no_key_file") } });
  }
  app.render(state.file ? "bring-1" : null);
}
