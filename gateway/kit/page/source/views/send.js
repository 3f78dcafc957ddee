// A report: which one and for when, its files looked at, then sealed and saved.

import { alarm, dropPlace, h, save, say } from "../dom.js";
import { kit } from "../kit.js";
import * as keyring from "../keyring.js";
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
import { unlockField, unlockWith } from "./unlock.js";

const fresh = () => ({ ...initial(), files: [], nil: false, anyway: false, trouble: null, sealed: null });

let state = fresh();

export function sendView(app) {
  const heading = h("h2", { id: "view-title", tabindex: "-1" }, t(state.sealed ? "sealed_title" : "send_title"));
  if (!keyring.current()) return [heading, h("p", null, t("no_key_yet")), toKey(app)];
  if (!kit.dataflows.length) return [heading, h("p", null, t("nothing_owed"))];
  if (state.sealed) return [heading, ...sealedView(state.sealed, () => { state = fresh(); app.render("view-title"); })];
  const submit = (event) => { event.preventDefault(); sealNow(app); };
  return [heading, h("form", { onsubmit: submit, novalidate: true },
    step(1, t("step_which"), chooser(state, () => changed(app))),
    step(2, t("step_files"), files(app)),
    step(3, t("step_seal"), sealing(app)),
  )];
}

const toKey = (app) =>
  h("p.actions", null, h("button.primary", { id: "to-key", type: "button", onclick: () => app.go("key") }, t("go_to_key")));

const step = (number, name, children) =>
  h("fieldset.card", null, h("legend", null, h("span.number", { "aria-hidden": "true" }, String(number)), name), children);

/** Another report was chosen: the files are looked at anew. */
async function changed(app) {
  state.trouble = null;
  state.anyway = false;
  app.render();
  await looked(app, state.files);
}

function files(app) {
  const nil = (event) => { Object.assign(state, { nil: event.target.checked, trouble: null }); app.render(); };
  const remove = (entry) => {
    state.files = state.files.filter((other) => other !== entry);
    app.render("files");
    say(t("file_removed", { file: entry.file.name }));
  };
  const anyway = (event) => { state.anyway = event.target.checked; };
  return [
    state.nil ? null : dropPlace({ id: "files", label: t("choose_files"), note: t("files_note"), multiple: true, onfiles: (added) => add(app, added) }),
    state.nil ? null : filesList(state.files, remove),
    !state.nil && state.files.some((entry) => !isSure(entry.said))
      ? h("label.check", null, h("input", { id: "anyway", type: "checkbox", checked: state.anyway, onchange: anyway }), t("seal_anyway")) : null,
    h("label.check", null, h("input", { id: "nil", type: "checkbox", checked: state.nil, onchange: nil }), t("nil")),
  ];
}

async function add(app, added) {
  const entries = added.map((file) => ({ file, said: null }));
  const names = new Set(added.map((file) => file.name));
  state.files = [...state.files.filter(({ file }) => !names.has(file.name)), ...entries];
  state.trouble = null;
  app.render();
  await looked(app, entries);
}

async function looked(app, entries) {
  for (const entry of entries) {
    entry.said = await saidOf(entry.file);
    app.render();
    say(`${entry.file.name}: ${filesList.sentence(entry.said)}`);
  }
}

async function saidOf(file) {
  if (!isName(file.name)) return { code: "bad_name" };
  const flow = chosenFlow(state);
  try {
    return await look(file, flow);
  } catch {
    return { code: "unreadable" };
  }
}

function sealing(app) {
  return [
    unlockField("unlock-send"),
    state.trouble && alarm(state.trouble),
    h("p.actions", null, h("button.primary", { id: "seal", type: "submit" }, t("seal"))),
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

async function sealed(told) {
  const now = new Date();
  const key = keyring.open();
  const flow = chosenFlow(state);
  const period = periodOf(state);
  const about = {
    dataflow: flow.id, key: key.id, period, recipient: kit.lead_office.id, sender: kit.department.id,
    sequence: nextSequence(key.id, now), signed: instant(now),
  };
  const files = state.nil ? [] : state.files.map(({ file }) => file);
  const { manifest, blob } = await seal(files, about, [parseGateway(kit.gateway.keys[0]).sealing], key.seed, told);
  const tooLarge = kit.gateway.largest && blob.size > kit.gateway.largest;
  return { name: `${flow.id}-${period}.sealed`, blob, manifest, flow, period, tooLarge };
}
