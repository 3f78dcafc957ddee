// What stands where a key is needed and is missing or closed.

import { button, h, passphrase } from "../dom.js";
import * as keyring from "../keyring.js";
import { t } from "../words.js";

/** For whoever has no key yet. */
export const toKey = (app) => [
  h("p", null, t("no_key_yet")),
  h("p.actions", null, button("to-key", t("go_to_key"), () => app.go("key"), "button.primary")),
];

/** A field for the passphrase, or nothing if the key is open already. */
export const unlockField = (id) =>
  keyring.open() ? null : passphrase(id, t("passphrase"), "current-password", t("passphrase_for_key"));

/** Opens the key with what stands in the field. Throws `Trouble`. */
export function unlockWith(id) {
  if (keyring.open()) return;
  const field = document.getElementById(id);
  keyring.unlockAll(field.value);
  field.value = "";
}
