// What this browser keeps for this officer: locked keys, and the last sequence number of each key.
//
// Every page that this browser opens from a disk shares this place, so no secret lies here but under a passphrase.

import { isLocked, told } from "./seal/keys.js";

const PLACE = "sealed-reports";

function kept(name) {
  try {
    return localStorage.getItem(`${PLACE}/${name}`);
  } catch {
    return null; // a browser may be told to keep nothing for files
  }
}

/** Whether it was kept. */
function keep(name, text) {
  try {
    localStorage.setItem(`${PLACE}/${name}`, text);
    return localStorage.getItem(`${PLACE}/${name}`) === text;
  } catch {
    return false;
  }
}

/** The locked keys of an officer, the newest first. */
export function records(officer) {
  try {
    const found = JSON.parse(kept(`keys/${officer}`) ?? "[]").filter((record) => isLocked(record) && told(record));
    return found.sort((one, other) => (told(one).from < told(other).from ? 1 : -1));
  } catch {
    return [];
  }
}

/** Adds a locked key, in the place of one with the same id. False if this browser keeps nothing. */
export function addRecord(officer, record) {
  const others = records(officer).filter((other) => told(other).id !== told(record).id);
  return keep(`keys/${officer}`, JSON.stringify([record, ...others]));
}

/** The next sequence number of a key: the present second, as the command line counts, but always more than the last. */
export function nextSequence(key, now) {
  const last = Number(kept(`sequence/${key}`) ?? 0);
  const next = Math.max(Math.floor(now.getTime() / 1000), (Number.isSafeInteger(last) ? last : 0) + 1);
  keep(`sequence/${key}`, String(next));
  return next;
}

export const language = () => kept("language");
export const keepLanguage = (chosen) => keep("language", chosen);
