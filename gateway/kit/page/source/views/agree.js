// Repairs that the lead office offers with a rejection: every change shown, then the list sealed back to agree.

import { alarm, button, form, h, save, say, steps, submit } from "../dom.js";
import { kit } from "../kit.js";
import * as keyring from "../keyring.js";
import { fromUtf8 } from "../seal/bytes.js";
import { instant, parseGateway } from "../seal/lines.js";
import { Trouble } from "../seal/trouble.js";
import { seal } from "../seal/write.js";
import { nextSequence } from "../store.js";
import { periodWords, t, title } from "../words.js";
import { mail, writeMail } from "./mail.js";
import { unlockField, unlockWith } from "./unlock.js";

const NAME = /^repairs-(A-[0-9A-Z-]{1,40}\.\d{1,6})\.json$/;
const COLUMNS = ["cell", "now", "will_be"];

const isChange = (c) =>
  [c?.row, c?.column].every(Number.isSafeInteger) && [c.old, c.new].every((text) => typeof text === "string");

/** What is offered in the files of an opened sealed file. Throws `Trouble("damaged")` for a list that is none. */
export async function offersIn(files) {
  const found = [];
  for (const { name, blob } of files) {
    const [, submission] = NAME.exec(name) ?? [];
    if (!submission) continue;
    found.push({ ...parsed(new Uint8Array(await blob.arrayBuffer()), submission), blob, trouble: null });
  }
  return found;
}

function parsed(bytes, submission) {
  let told;
  try {
    told = JSON.parse(fromUtf8(bytes));
  } catch {
    throw new Trouble("damaged");
  }
  const { dataflow, period, sheet, changes } = told ?? {};
  const isWhole = told?.submission === submission && [dataflow, period, sheet].every((one) => typeof one === "string");
  if (!isWhole || !Array.isArray(changes) || !changes.every(isChange)) throw new Trouble("damaged");
  return { submission, dataflow, period, sheet, changes };
}

/** `AB12`, as the officer's program calls the cell. */
function place({ row, column }) {
  let letters = "";
  for (let left = column; left > 0; left = Math.floor((left - 1) / 26)) {
    letters = String.fromCharCode(65 + ((left - 1) % 26)) + letters;
  }
  return letters + row;
}

/** The elements for one offer. */
export function offerView(app, offer, number) {
  const id = `offer-${number}`;
  return h("section.card", { "aria-labelledby": id },
    h("h3", { id, tabindex: "-1" }, t("offer_title", { n: offer.changes.length })),
    h("p", null, about(offer)),
    h("p", null, t("offer_why")),
    table(offer),
    offer.made ? made(offer, number) : asking(app, offer, number));
}

function about({ dataflow, period, sheet }) {
  const flow = kit.dataflows.find(({ id }) => id === dataflow);
  return t("offer_about", { report: flow ? title(flow) : dataflow, period: periodWords(period), sheet });
}

const table = ({ changes }) =>
  h("table.changes", null,
    h("caption", null, t("changes")),
    h("thead", null, h("tr", null, COLUMNS.map((name) => h("th", { scope: "col" }, t(name))))),
    h("tbody", null, changes.map((change) => h("tr", null,
      h("th", { scope: "row" }, place(change)), h("td", null, change.old), h("td", null, change.new)))));

const asking = (app, offer, number) =>
  form(() => agree(app, offer, number),
    unlockField(`unlock-agree-${number}`),
    offer.trouble && alarm(offer.trouble),
    h("p.actions", null, submit(`agree-${number}`, t("agree"))));

function made({ made: { name, blob }, dataflow, period }, number) {
  const flow = kit.dataflows.find(({ id }) => id === dataflow);
  const report = flow ? title(flow) : dataflow;
  const letter = mail(t("mail_agreed_subject", { report, period: periodWords(period) }));
  return [
    h("p.large", null, h("span.tick", { "aria-hidden": "true" }, "✓"), t("sealed_name"),
      h("strong", { id: `agreed-name-${number}` }, name)),
    steps(
      [t("next_saved"), button(`agreed-again-${number}`, t("save_again"), () => save(name, blob))],
      [t("next_mail", { address: kit.gateway.address }), writeMail(`mail-agreed-${number}`, letter)],
      [t("next_agreed")],
    ),
  ];
}

async function agree(app, offer, number) {
  offer.trouble = null;
  try {
    offer.made = await app.during(t("sealing"), () => {
      unlockWith(`unlock-agree-${number}`);
      return sealedBack(offer);
    });
    save(offer.made.name, offer.made.blob);
    app.render(`offer-${number}`);
    say(t("sealed_said", { name: offer.made.name }));
  } catch (trouble) {
    offer.trouble = app.sentence(trouble);
    app.render(trouble.code?.includes("passphrase") ? `unlock-agree-${number}` : null);
  }
}

/** The very bytes that were shown: what is signed is what was read. */
async function sealedBack({ submission, dataflow, period, blob: list }) {
  const now = new Date();
  const key = keyring.open();
  const about = {
    dataflow, key: key.id, period, recipient: kit.lead_office.id, sender: kit.department.id,
    sequence: nextSequence(key.id, now), signed: instant(now),
  };
  const file = new File([list], `agreed-${submission}.json`);
  const { blob } = await seal([file], about, [parseGateway(kit.gateway.keys[0]).sealing], key.seed);
  return { name: `agreed-${submission}.sealed`, blob };
}
