// What was sealed, and what is to be done with it.

import { alarm, button, facts, h, save, steps } from "../dom.js";
import { kit } from "../kit.js";
import { periodWords, size, t, title } from "../words.js";
import { mail, writeMail } from "./mail.js";

/** The elements for `{ name, blob, manifest, flow, period, tooLarge }`; `again` begins another report. */
export function sealedView({ name, blob, manifest, flow, period, tooLarge }, again) {
  const files = manifest.files.map((file) => h("div", null, `${file.name} (${size(file.size)})`));
  return [
    h("div.card.done", null,
      h("p.large", null, h("span.tick", { "aria-hidden": "true" }, "✓"), t("sealed_name"),
        h("strong", { id: "sealed-name" }, name)),
      facts(
        [t("which_report"), title(flow)],
        [t("which_period"), periodWords(period)],
        [t("content"), manifest.nil ? t("nil_short") : files],
        [t("sealed_size"), size(blob.size)],
      ),
      tooLarge ? alarm(t("too_large_for_mail", { size: size(kit.gateway.largest) })) : null),
    next(name, blob, mail(t("mail_report_subject", { report: title(flow), period: periodWords(period) }))),
    h("p.actions", null, button("another", t("another"), again)),
  ];
}

const next = (name, blob, letter) =>
  h("section.card", { "aria-labelledby": "next-title" },
    h("h3", { id: "next-title" }, t("next")),
    steps(
      [t("next_saved"), button("save-again", t("save_again"), () => save(name, blob))],
      [t("next_mail", { address: kit.gateway.address }), writeMail("mail-sealed", letter)],
      [t("next_receipt")],
    ));
