// The officer's key: its fingerprint to read out, its public half to send, its backup.

import { alarm, button, facts, form, h, heading, save, saveText, say, steps, submit } from "../dom.js";
import { kit } from "../kit.js";
import * as keyring from "../keyring.js";
import { told } from "../seal/keys.js";
import { fingerprint, privateFile, publicFile, publicLine } from "../seal/lines.js";
import { day, t } from "../words.js";
import { bringer, maker, state, tried } from "./key_new.js";
import { mail, writeMail } from "./mail.js";
import { unlockField, unlockWith } from "./unlock.js";

const DAY = 86_400_000;
const SOON = 60;

export function keyView(app) {
  const record = keyring.current();
  if (!record || state.making) return [heading(t("key_make_title")), ...maker(app, record)];
  const key = told(record);
  return [
    heading(t("key_title")),
    about(app, key),
    fingerprintCard(key),
    keyring.registered(key) ? null : registering(key),
    keyring.keptHere() ? null : h("p.alarm", null, t("nothing_kept")),
    keyring.open() ? opened(app) : closed(app),
    h("details", { id: "key-more" }, h("summary", null, t("key_more")), more(app, record, key)),
  ].filter(Boolean);
}

const about = (app, key) =>
  h("div.card", null,
    facts(
      [t("key_id"), h("code", null, key.id)],
      [t("key_until"), [day(new Date(key.until)), expiry(key)]],
      [t("key_state"), t(keyring.registered(key) ? "key_registered" : "key_not_registered")],
    ),
    which(app, key));

function expiry(key) {
  const days = Math.floor((Date.parse(key.until) - Date.now()) / DAY);
  if (days < 0) return h("strong.bad", null, t("key_expired"));
  return days < SOON ? h("strong.bad", null, t("key_expires", { n: days })) : null;
}

/** With more than one key, which one seals. */
function which(app, key) {
  const all = keyring.records().map(told);
  if (all.length < 2) return null;
  const choose = (event) => {
    keyring.choose(event.target.value);
    app.render();
  };
  return h("div.field", null,
    h("label", { for: "which-key" }, t("key_which")),
    h("select", { id: "which-key", onchange: choose },
      all.map((one) => h("option", { value: one.id, selected: one.id === key.id }, one.id))));
}

function fingerprintCard(key) {
  const groups = fingerprint(key).split(" ").flatMap((group) => [h("span", null, group), " "]);
  return h("section.card", { "aria-labelledby": "fingerprint-title" },
    h("h3", { id: "fingerprint-title" }, t("fingerprint")),
    h("p.fingerprint", { id: "fingerprint" }, groups),
    h("p.note", null, t("fingerprint_note")));
}

function registering(key) {
  const letter = mail(t("mail_key_subject", { id: key.id }), `${t("mail_key_body")}\n\n${publicLine(key)}\n`);
  const keep = () => saveText(`${key.id}.pub`, publicFile(key));
  return h("section.card", { "aria-labelledby": "steps-title" },
    h("h3", { id: "steps-title" }, t("key_steps")),
    steps(
      [t("step_save_public"), button("save-public", t("save_public"), keep)],
      [t("step_mail_public", { address: kit.gateway.address }), writeMail("mail-public", letter)],
      [t("step_telephone")],
    ));
}

function opened(app) {
  const close = () => {
    keyring.lockAll();
    app.render("view-title");
    say(t("key_locked"));
  };
  return h("p.actions", null, h("span.good", null, t("key_open")), button("lock", t("lock_now"), close));
}

function closed(app) {
  const unlock = () => tried(app, "unlock", () => unlockWith("unlock-1"), "key_open");
  const trouble = state.trouble?.place === "unlock" ? alarm(state.trouble.text) : null;
  return h("div.card", null,
    form(unlock, unlockField("unlock-1"), trouble, h("p.actions", null, submit("unlock", t("unlock"), "button"))));
}

function more(app, record, key) {
  const backup = () => save(`${key.id}.backup.json`, new Blob([`${JSON.stringify(record, null, 1)}\n`]));
  const plain = () => saveText(`${key.id}.key`, privateFile(keyring.open()));
  const again = () => saveText(`${key.id}.pub`, publicFile(key));
  const renew = () => {
    state.making = true;
    app.render("view-title");
  };
  const isOpen = Boolean(keyring.open());
  return [
    row("backup", t("backup_note"), t("backup"), backup),
    row("public-again", t("public_again_note"), t("save_public"), again),
    row("renew", t("renew_note"), t("renew"), renew),
    row("plain", t(isOpen ? "plain_note" : "plain_needs_open"), t("plain"), plain, !isOpen),
    h("h3", null, t("key_have")),
    bringer(app),
  ];
}

const row = (id, note, label, action, disabled = false) =>
  h("div.row", null,
    h("p", { id: `${id}-note` }, note),
    button(id, label, action, "button", { disabled, "aria-describedby": `${id}-note` }));
