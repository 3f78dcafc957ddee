// The place for the passphrase, wherever a closed key is needed.

import { passphrase } from "../dom.js";
import * as keyring from "../keyring.js";
import { t } from "../words.js";

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
