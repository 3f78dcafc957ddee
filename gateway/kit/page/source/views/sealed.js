// What was sealed, and what is to be done with it.

import { h, save } from "../dom.js";
import { kit } from "../kit.js";
import { periodWords, size, t, title } from "../words.js";

/** The elements for `{ name, blob, manifest, flow, period, tooLarge }`; `again` begins another report. */
export function sealedView({ name, blob, manifest, flow, period, tooLarge }, again) {
  const subject = t("mail_report_subject", { report: title(flow), period: periodWords(period) });
  const href = `mailto:${encodeURIComponent(kit.gateway.address)}?subject=${encodeURIComponent(subject)}`;
  return [
    h("div.card.done", null,
      h("p.large", null, h("span.tick", { "aria-hidden": "true" }, "✓"), t("sealed_name"), h("strong", { id: "sealed-name" }, name)),
      h("dl.facts", null,
        h("dt", null, t("which_report")), h("dd", null, title(flow)),
        h("dt", null, t("which_period")), h("dd", null, periodWords(period)),
        h("dt", null, t("content")), h("dd", null, manifest.nil ? t("nil_short") : manifest.files.map((f) => h("div", null, `${f.name} (${size(f.size)})`))),
        h("dt", null, t("sealed_size")), h("dd", null, size(blob.size)),
      ),
      tooLarge ? h("p.alarm", { role: "alert" }, t("too_large_for_mail", { size: size(kit.gateway.largest) })) : null,
    ),
    h("section.card", { "aria-labelledby": "next-title" },
      h("h3", { id: "next-title" }, t("next")),
      h("ol.steps", null,
        h("li", null, h("span", null, t("next_saved")), h("button", { id: "save-again", type: "button", onclick: () => save(name, blob) }, t("save_again"))),
        h("li", null, h("span", null, t("next_mail", { address: kit.gateway.address })), h("a.button.primary", { id: "mail-sealed", href }, t("write_mail"))),
        h("li", null, h("span", null, t("next_receipt"))),
      )),
    h("p.actions", null, h("button", { id: "another", type: "button", onclick: again }, t("another"))),
  ];
}
