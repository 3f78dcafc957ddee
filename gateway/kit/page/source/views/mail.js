// A letter to the lead office, begun in the officer's own mail program.

import { h } from "../dom.js";
import { kit } from "../kit.js";
import { t } from "../words.js";

/** The address of a link that begins it. */
export function mail(subject, body) {
  const text = body ? `&body=${encodeURIComponent(body)}` : "";
  return `mailto:${encodeURIComponent(kit.gateway.address)}?subject=${encodeURIComponent(subject)}${text}`;
}

export const writeMail = (id, href) => h("a.button.primary", { id, href }, t("write_mail"));
