// A report: which one and for when, its files looked at, then sealed and saved.

import { alarm, dropPlace, form, h, heading, save, say, submit } from "../dom.js";
import { kit } from "../kit.js";
import * as keyring from "../keyring.js";
import { told } from "../seal/keys.js";
import { instant, parseGateway } from "../seal/lines.js";
import { isName } from "../seal/manifest.js";
import { Trouble } from "../seal/trouble.js";
import { seal } from "../seal/write.js";
import { nextSequence } from "../store.js";
import { look } from "../table/check.js";
import { t } from "../words.js";
import { chooser, chosenFlow, initial, periodOf } from "./duty.js";
import { filesList, isSure } from "./files.js";
import { sealedView } from "./sealed.js";
import { toKey, unlockField, unlockWith } from "./unlock.js";

const fresh = () => ({ ...initial(), files: [], nil: false, anyway: false, trouble: null, sealed: null });

let state = null;

export function sendView(app) {
  if (!keyring.current() || !kit.dataflows.length) return nothing(app);
  state ??= fresh();
  const again = () => {
    state = null;
    app.render("view-title");
  };
  if (state.sealed) return [heading(t("sealed_title")), ...sealedView(state.sealed, again)];
  return [
    heading(t("send_title")),
    form(() => sealNow(app),
      step(1, t("step_which"), chooser(state, () => changed(app))),
      step(2, t("step_files"), files(app)),
      step(3, t("step_seal"), sealing())),
  ];
}

const nothing = (app) => [
  heading(t("send_title")),
  ...(keyring.current() ? [h("p", null, t("nothing_owed"))] : toKey(app)),
];

const step = (number, name, children) =>
  h("fieldset.card", null,
    h("legend", null, h("span.number", { "aria-hidden": "true" }, String(number)), name), children);

/** Another period or report was chosen; what was said of a file for another report is said no longer. */
async function changed(app) {
  Object.assign(state, { trouble: null, anyway: false });
  const before = state.files;
  state.files = before.map((one) => (one.flow === state.flow ? one : entry(one.file)));
  app.render();
  await looked(app, state.files.filter((one) => !before.includes(one)));
}

/** A chosen file, and what is said of it for the report that is chosen now; nothing yet. */
const entry = (file) => ({ file, flow: state.flow, said: null });

function files(app) {
  const nil = (event) => {
    Object.assign(state, { nil: event.target.checked, trouble: null });
    app.render();
  };
  const remove = (one) => {
    state.files = state.files.filter((other) => other !== one);
    app.render("files");
    say(t("file_removed", { file: one.file.name }));
  };
  const anyway = (event) => (state.anyway = event.target.checked);
  const onfiles = (added) => add(app, added);
  const isDoubtful = state.files.some(({ said }) => said !== null && !isSure(said));
  const chosen = [
    dropPlace({ id: "files", label: t("choose_files"), note: t("files_note"), multiple: true, onfiles }),
    filesList(state.files, remove),
    isDoubtful && check("anyway", t("seal_anyway"), state.anyway, anyway),
  ];
  return [state.nil ? null : chosen, check("nil", t("nil"), state.nil, nil)];
}

const check = (id, label, checked, onchange) =>
  h("label.check", null, h("input", { id, type: "checkbox", checked, onchange }), label);

async function add(app, added) {
  const entries = added.map(entry);
  const names = new Set(added.map((file) => file.name));
  state.files = [...state.files.filter(({ file }) => !names.has(file.name)), ...entries];
  state.trouble = null;
  app.render();
  await looked(app, entries);
}

async function looked(app, entries) {
  const isChosen = (one) => state?.files.includes(one); // else another report was chosen meanwhile, or it was removed
  for (const one of entries) {
    if (!isChosen(one)) continue;
    const said = await saidOf(one);
    if (!isChosen(one)) continue;
    one.said = said;
    app.render();
    say(`${one.file.name}: ${filesList.sentence(said)}`);
  }
}

async function saidOf(one) {
  if (!isName(one.file.name)) return { code: "bad_name" };
  try {
    return await look(one.file, chosenFlow(one));
  } catch {
    return { code: "unreadable" };
  }
}

/** What the officer must know about the key that seals. */
function keyNote() {
  const key = told(keyring.current());
  if (Date.parse(key.until) < Date.now()) return h("p.alarm", null, t("key_expired_seals"));
  return keyring.registered(key) ? null : h("p.note", { id: "not-registered" }, t("key_not_registered_seals"));
}

function sealing() {
  return [
    keyNote(),
    unlockField("unlock-send"),
    state.trouble && alarm(state.trouble),
    h("p.actions", null, submit("seal", t("seal"))),
  ];
}

/** What is still to be done before it can be sealed. Throws `Trouble`. */
function ready() {
  if (!periodOf(state)) throw new Trouble("no_period");
  if (state.nil) return;
  if (!state.files.length) throw new Trouble("no_files");
  if (state.files.some(({ said }) => said === null)) throw new Trouble("still_looking");
  if (state.files.some(({ said }) => said.code === "bad_name")) throw new Trouble("bad_name_stops");
  if (state.files.some(({ said }) => !isSure(said)) && !state.anyway) throw new Trouble("look_first");
}

async function sealNow(app) {
  state.trouble = null;
  try {
    ready();
    state.sealed = await app.during(t("sealing"), () => {
      unlockWith("unlock-send");
      return sealed((done, all) => app.progress(done / all));
    });
    save(state.sealed.name, state.sealed.blob);
    app.render("view-title");
    say(t("sealed_said", { name: state.sealed.name }));
  } catch (trouble) {
    state.trouble = app.sentence(trouble);
    app.render(trouble.code?.includes("passphrase") ? "unlock-send" : null);
  }
}

async function sealed(heard) {
  const now = new Date();
  const key = keyring.open();
  const flow = chosenFlow(state);
  const period = periodOf(state);
  const about = {
    dataflow: flow.id, key: key.id, period, recipient: kit.lead_office.id, sender: kit.department.id,
    sequence: nextSequence(key.id, now), signed: instant(now),
  };
  const files = state.nil ? [] : state.files.map(({ file }) => file);
  const { manifest, blob } = await seal(files, about, [parseGateway(kit.gateway.keys[0]).sealing], key.seed, heard);
  const tooLarge = kit.gateway.largest && blob.size > kit.gateway.largest;
  return { name: `${flow.id}-${period}.sealed`, blob, manifest, flow, period, tooLarge };
}
