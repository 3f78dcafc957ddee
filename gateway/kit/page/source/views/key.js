// The officer's key: make it, read its fingerprint out, send its public half, keep a backup.

import { alarm, dropPlace, h, passphrase, save, saveText, say } from "../dom.js";
import { kit } from "../kit.js";
import * as keyring from "../keyring.js";
import { PASSPHRASE_LENGTH, readKeyFile, told } from "../seal/keys.js";
import { fingerprint, privateFile, publicFile, publicLine } from "../seal/lines.js";
import { day, t } from "../words.js";
import { unlockField, unlockWith } from "./unlock.js";

const state = { trouble: null, making: false, file: null };

const value = (id) => document.getElementById(id)?.value ?? "";

/** Runs what may take a second, and shows what went wrong beside the form it came from. */
async function tried(app, place, action, done) {
  state.trouble = null;
  try {
    await app.during(t("working"), action);
    app.render("view-title");
    say(done());
  } catch (trouble) {
    state.trouble = { place, text: app.sentence(trouble) };
    app.render({ make: "new-1", bring: "bring-1", unlock: "unlock-1" }[place]);
  }
}

const troubleAt = (place) => (state.trouble?.place === place ? alarm(state.trouble.text) : null);

export function keyView(app) {
  const record = keyring.current();
  if (!record || state.making) return [h("h2", { id: "view-title", tabindex: "-1" }, t("key_make_title")), ...maker(app, record)];
  return [
    h("h2", { id: "view-title", tabindex: "-1" }, t("key_title")),
    ...about(app, told(record)),
    h("details", { id: "key-more" }, h("summary", null, t("key_more")), ...more(app, record)),
  ];
}

function maker(app, record) {
  const made = () => t("key_made");
  const make = () => { keyring.make(value("new-1"), value("new-2")); state.making = false; };
  const form = h("form", { onsubmit: (event) => { event.preventDefault(); tried(app, "make", make, made); } },
    passphrase("new-1", t("passphrase_new"), "new-password", t("passphrase_advice", { n: PASSPHRASE_LENGTH })),
    passphrase("new-2", t("passphrase_again"), "new-password"),
    troubleAt("make"),
    h("p.actions", null,
      h("button.primary", { id: "make", type: "submit" }, t("key_make")),
      record && h("button", { id: "make-not", type: "button", onclick: () => { state.making = false; app.render("view-title"); } }, t("back"))),
  );
  const bring = record ? null : h("details", { id: "key-bring" }, h("summary", null, t("key_have")), bringer(app));
  return [h("p", null, t(record ? "key_renew_why" : "key_why")), h("div.card", null, form), bring];
}

function bringer(app) {
  const chosen = async ([file]) => {
    try {
      if (file.size > 1 << 16) throw new Error("no key file");
      const text = await file.text();
      state.file = { name: file.name, text, isLocked: Boolean(readKeyFile(text).record) };
      state.trouble = null;
    } catch {
      Object.assign(state, { file: null, trouble: { place: "bring", text: t("no_key_file") } });
    }
    app.render(state.file ? "bring-1" : null);
  };
  const bring = () => {
    keyring.bring(state.file.text, value("bring-1"), value("bring-2"));
    Object.assign(state, { file: null, making: false });
  };
  const { file } = state;
  return h("form", { onsubmit: (event) => { event.preventDefault(); tried(app, "bring", bring, () => t("key_brought")); } },
    dropPlace({ id: "bring-file", label: t("choose_key_file"), note: t("key_file_note"), onfiles: chosen }),
    file && h("p", null, h("strong", null, file.name)),
    file && passphrase("bring-1", t(file.isLocked ? "passphrase" : "passphrase_new"), file.isLocked ? "current-password" : "new-password",
      file.isLocked ? null : t("passphrase_advice", { n: PASSPHRASE_LENGTH })),
    file && !file.isLocked && passphrase("bring-2", t("passphrase_again"), "new-password"),
    troubleAt("bring"),
    file && h("p.actions", null, h("button.primary", { id: "bring", type: "submit" }, t("key_bring"))),
  );
}

function about(app, key) {
  const isKnown = keyring.registered(key);
  return [
    h("div.card", null,
      h("dl.facts", null,
        h("dt", null, t("key_id")), h("dd", null, h("code", null, key.id)),
        h("dt", null, t("key_until")), h("dd", null, day(new Date(key.until)), expiry(key)),
        h("dt", null, t("key_state")), h("dd", null, t(isKnown ? "key_registered" : "key_not_registered")),
      ),
      others(app, key),
    ),
    h("section.card", { "aria-labelledby": "fingerprint-title" },
      h("h3", { id: "fingerprint-title" }, t("fingerprint")),
      h("p.fingerprint", { id: "fingerprint" }, fingerprint(key).split(" ").flatMap((group, n) => [n ? " " : null, h("span", null, group)])),
      h("p.note", null, t("fingerprint_note")),
    ),
    isKnown ? null : steps(key),
    keyring.keptHere() ? null : h("p.alarm", null, t("nothing_kept")),
    opener(app),
  ].filter(Boolean);
}

function expiry(key) {
  const days = Math.floor((Date.parse(key.until) - Date.now()) / 86_400_000);
  if (days < 0) return h("strong.bad", null, t("key_expired"));
  return days < 60 ? h("strong.bad", null, t("key_expires", { n: days })) : null;
}

/** With more than one key, which one seals. */
function others(app, key) {
  const all = keyring.records().map(told);
  if (all.length < 2) return null;
  return h("div.field", null,
    h("label", { for: "which-key" }, t("key_which")),
    h("select", { id: "which-key", onchange: (event) => { keyring.choose(event.target.value); app.render(); } },
      all.map((one) => h("option", { value: one.id, selected: one.id === key.id }, one.id))),
  );
}

function steps(key) {
  const subject = t("mail_key_subject", { id: key.id });
  const body = `${t("mail_key_body")}\n\n${publicLine(key)}\n`;
  return h("section.card", { "aria-labelledby": "steps-title" },
    h("h3", { id: "steps-title" }, t("key_steps")),
    h("ol.steps", null,
      h("li", null, h("span", null, t("step_save_public")),
        h("button.primary", { id: "save-public", type: "button", onclick: () => saveText(`${key.id}.pub`, publicFile(key)) }, t("save_public"))),
      h("li", null, h("span", null, t("step_mail_public", { address: kit.gateway.address })),
        h("a.button", { id: "mail-public", href: mail(subject, body) }, t("write_mail"))),
      h("li", null, h("span", null, t("step_telephone"))),
    ),
  );
}

const mail = (subject, body) =>
  `mailto:${encodeURIComponent(kit.gateway.address)}?subject=${encodeURIComponent(subject)}&body=${encodeURIComponent(body)}`;

function opener(app) {
  if (keyring.open()) {
    const close = () => { keyring.lockAll(); app.render("view-title"); say(t("key_locked")); };
    return h("p.actions", null, h("span.good", null, t("key_open")), h("button", { id: "lock", type: "button", onclick: close }, t("lock_now")));
  }
  const unlock = () => unlockWith("unlock-1");
  return h("form.card", { onsubmit: (event) => { event.preventDefault(); tried(app, "unlock", unlock, () => t("key_open")); } },
    unlockField("unlock-1"), troubleAt("unlock"),
    h("p.actions", null, h("button", { id: "unlock", type: "submit" }, t("unlock"))));
}

function more(app, record) {
  const key = told(record);
  const backup = () => save(`${key.id}.backup.json`, new Blob([JSON.stringify(record, null, 1) + "\n"]));
  const plain = () => saveText(`${key.id}.key`, privateFile(keyring.open()));
  const renew = () => { state.making = true; app.render("view-title"); };
  return [
    row("backup", t("backup_note"), h("button", { id: "backup", type: "button", onclick: backup }, t("backup"))),
    row("plain", t(keyring.open() ? "plain_note" : "plain_needs_open"),
      h("button", { id: "plain", type: "button", disabled: !keyring.open(), onclick: plain }, t("plain"))),
    row("public-again", t("public_again_note"),
      h("button", { id: "public-again", type: "button", onclick: () => saveText(`${key.id}.pub`, publicFile(key)) }, t("save_public"))),
    row("renew", t("renew_note"), h("button", { id: "renew", type: "button", onclick: renew }, t("renew"))),
    h("h3", null, t("key_have")), bringer(app),
  ];
}

const row = (id, note, button) => {
  button.setAttribute("aria-describedby", `${id}-note`);
  return h("div.row", null, h("p", { id: `${id}-note` }, note), button);
};
