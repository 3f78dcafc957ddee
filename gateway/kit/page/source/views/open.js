// What the gateway sent, opened: whose it is, what is in it, each file to save.

import { alarm, button, dropPlace, facts, form, h, heading, save, say, submit } from "../dom.js";
import { kit } from "../kit.js";
import * as keyring from "../keyring.js";
import { parseGateway } from "../seal/lines.js";
import { open } from "../seal/read.js";
import { Trouble } from "../seal/trouble.js";
import { moment, periodWords, size, t, title } from "../words.js";
import { offersIn, offerView } from "./agree.js";
import { toKey, unlockField, unlockWith } from "./unlock.js";

const LARGEST = 1 << 29;
const COLUMNS = ["file", "rows", "file_size", "save_column"];

let state = { waiting: null, opened: null, name: "", trouble: null };

export function openView(app) {
  if (!keyring.current()) return [heading(t("open_title")), ...toKey(app)];
  const onfiles = ([file]) => chosen(app, file);
  return [
    heading(t("open_title")),
    h("p", null, t("open_why")),
    h("div.card", null,
      dropPlace({ id: "sealed-file", label: t("choose_sealed"), note: t("sealed_note"), onfiles }),
      state.waiting && !keyring.open() ? unlocker(app) : null,
      state.trouble && alarm(state.trouble)),
    ...(state.opened ? contents(app, state.name, state.opened) : []),
  ];
}

const unlocker = (app) =>
  form(() => openNow(app, () => unlockWith("unlock-open")),
    h("p", null, h("strong", null, state.waiting.name)),
    unlockField("unlock-open"),
    h("p.actions", null, submit("open", t("open"))));

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
  const opened = open(data, keyring.allOpen(), kit.gateway.keys.map(parseGateway), parties);
  return { ...opened, offers: await offersIn(opened.files) };
}

function contents(app, name, { manifest, files, offers }) {
  const about = [...kit.results, ...kit.dataflows].find(({ id }) => id === manifest.dataflow);
  return [
    h("section.card.done", { "aria-labelledby": "content-title" },
      h("h3", { id: "content-title", tabindex: "-1" },
        h("span.tick", { "aria-hidden": "true" }, "✓"), t("proven", { office: title(kit.lead_office) })),
      facts(
        [t("result"), h("span", { id: "content-of" }, about ? title(about) : manifest.dataflow)],
        [t("which_period"), periodWords(manifest.period)],
        [t("signed_at"), moment(new Date(manifest.signed))],
        [t("came_as"), name],
      ),
      manifest.nil ? h("p", null, t("nil_short")) : table(files)),
    ...offers.map((offer, number) => offerView(app, offer, number)),
  ];
}

const table = (files) =>
  h("table", null,
    h("caption", null, t("hand_over_list")),
    h("thead", null, h("tr", null, COLUMNS.map((name) => h("th", { scope: "col" }, t(name))))),
    h("tbody", null, files.map(row)));

function row(file, number) {
  const label = { "aria-label": t("save_file", { file: file.name }) };
  return h("tr", null,
    h("th", { scope: "row" }, file.name),
    h("td", null, file.rows ?? "–"),
    h("td", null, size(file.size)),
    h("td", null, button(`save-${number}`, t("save"), () => save(file.name, file.blob), "button", label)));
}
