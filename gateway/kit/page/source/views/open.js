// What the gateway sent, opened: whose it is, what is in it, each file to save.

import { alarm, dropPlace, h, save, say } from "../dom.js";
import { kit } from "../kit.js";
import * as keyring from "../keyring.js";
import { parseGateway } from "../seal/lines.js";
import { open } from "../seal/read.js";
import { Trouble } from "../seal/trouble.js";
import { moment, periodWords, size, t, title } from "../words.js";
import { unlockField, unlockWith } from "./unlock.js";

const LARGEST = 1 << 29;

let state = { waiting: null, opened: null, name: "", trouble: null };

export function openView(app) {
  const heading = h("h2", { id: "view-title", tabindex: "-1" }, t("open_title"));
  if (!keyring.current()) {
    return [heading, h("p", null, t("no_key_yet")),
      h("p.actions", null, h("button.primary", { id: "to-key", type: "button", onclick: () => app.go("key") }, t("go_to_key")))];
  }
  return [heading, h("p", null, t("open_why")),
    h("div.card", null,
      dropPlace({ id: "sealed-file", label: t("choose_sealed"), note: t("sealed_note"), onfiles: ([file]) => chosen(app, file) }),
      state.waiting && !keyring.open() ? unlocker(app) : null,
      state.trouble && alarm(state.trouble)),
    ...(state.opened ? contents(state.name, state.opened) : [])];
}

function unlocker(app) {
  const submit = (event) => {
    event.preventDefault();
    openNow(app, () => unlockWith("unlock-open"));
  };
  return h("form", { onsubmit: submit },
    h("p", null, h("strong", null, state.waiting.name)),
    unlockField("unlock-open"),
    h("p.actions", null, h("button.primary", { id: "open", type: "submit" }, t("open"))));
}

async function chosen(app, file) {
  state = { waiting: file, opened: null, name: file.name, trouble: null };
  if (keyring.open()) return openNow(app);
  app.render("unlock-open");
}

async function openNow(app, before = () => {}) {
  state.trouble = null;
  try {
    state.opened = await app.during(t("opening"), () => {
      before();
      return contentOf(state.waiting);
    });
    state.waiting = null;
    app.render("content-title");
    say(t("opened_said", { n: state.opened.files.length }));
  } catch (trouble) {
    state.trouble = app.sentence(trouble, "open_");
    app.render(trouble.code?.includes("passphrase") ? "unlock-open" : null);
  }
}

async function contentOf(file) {
  if (file.size > LARGEST) throw new Trouble("too_large");
  const data = new Uint8Array(await file.arrayBuffer());
  const parties = { sender: kit.lead_office.id, recipient: kit.department.id };
  return open(data, keyring.allOpen(), kit.gateway.keys.map(parseGateway), parties);
}

function contents(name, { manifest, files }) {
  const about = [...kit.results, ...kit.dataflows].find(({ id }) => id === manifest.dataflow);
  return [h("section.card.done", { "aria-labelledby": "content-title" },
    h("h3", { id: "content-title", tabindex: "-1" }, h("span.tick", { "aria-hidden": "true" }, "✓"), t("proven", { office: title(kit.lead_office) })),
    h("dl.facts", null,
      h("dt", null, t("result")), h("dd", { id: "content-of" }, about ? title(about) : manifest.dataflow),
      h("dt", null, t("which_period")), h("dd", null, periodWords(manifest.period)),
      h("dt", null, t("signed_at")), h("dd", null, moment(new Date(manifest.signed))),
      h("dt", null, t("came_as")), h("dd", null, name)),
    manifest.nil ? h("p", null, t("nil_short")) : table(files))];
}

const table = (files) =>
  h("table", null,
    h("caption", null, t("hand_over_list")),
    h("thead", null, h("tr", null, ["file", "rows", "file_size", "save_column"].map((name) => h("th", { scope: "col" }, t(name))))),
    h("tbody", null, files.map((file, n) => h("tr", null,
      h("th", { scope: "row" }, file.name),
      h("td", null, file.rows ?? "–"),
      h("td", null, size(file.size)),
      h("td", null, h("button", { id: `save-${n}`, type: "button", "aria-label": t("save_file", { file: file.name }), onclick: () => save(file.name, file.blob) }, t("save")))))));
