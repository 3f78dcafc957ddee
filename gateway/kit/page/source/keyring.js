// The officer's keys on this machine: which there are, which are open now, which one seals.

import { kit } from "./kit.js";
import { draw, lock, PASSPHRASE_LENGTH, readKeyFile, told, unlock } from "./seal/keys.js";
import { Trouble } from "./seal/trouble.js";
import { addRecord, records as kept } from "./store.js";

const IDLE = 15 * 60_000;

const opened = new Map();
let unkept = []; // where the browser keeps nothing, keys last as long as the page
let chosen = null;
let idle = 0;

export const keptHere = () => unkept.length === 0;

export const records = () => [...unkept, ...kept(kit.officer.id)];

const isRegistered = (record) => kit.officer.keys.includes(told(record).id);
export const registered = (key) => kit.officer.keys.includes(key.id);

/** The record of the key that seals: the chosen one, else a registered one, else the newest; null for none. */
export function current() {
  const all = records();
  return all.find((r) => told(r).id === chosen) ?? all.find(isRegistered) ?? all[0] ?? null;
}

export const choose = (id) => (chosen = id);

/** The open pair of the key that seals, or null. */
export const open = () => (current() ? (opened.get(told(current()).id) ?? null) : null);

/** All pairs that are open: any of them may be the one that a file was sealed for. */
export const allOpen = () => [...opened.values()];

export function lockAll() {
  opened.clear();
  clearTimeout(idle);
}

let whenLocked = () => {};

/** Who is to be told that nobody was here for a while, and the keys were locked. */
export const onLocked = (tell) => (whenLocked = tell);

/** Somebody is here: whoever walks away leaves nothing open. */
export function awake() {
  clearTimeout(idle);
  if (!opened.size) return;
  idle = setTimeout(() => {
    lockAll();
    whenLocked();
  }, IDLE);
}

function opens(pair) {
  opened.set(pair.id, pair);
  awake();
}

/** Opens every key that this passphrase opens; throws `Trouble("wrong_passphrase")` if the current one is not. */
export function unlockAll(passphrase) {
  if (!passphrase) throw new Trouble("no_passphrase");
  const pair = unlock(current(), passphrase);
  opens(pair);
  for (const record of records().filter((r) => !opened.has(told(r).id))) {
    try {
      opens(unlock(record, passphrase));
    } catch {
      // another key, with a passphrase of its own
    }
  }
}

function checked(passphrase, again) {
  if ([...passphrase].length < PASSPHRASE_LENGTH) throw new Trouble("short_passphrase", { n: PASSPHRASE_LENGTH });
  if (passphrase !== again) throw new Trouble("passphrases_differ");
}

/** Draws a new key, locks it and keeps it. */
export function make(passphrase, again) {
  checked(passphrase, again);
  const taken = [...kit.officer.keys, ...records().map((record) => told(record).id)];
  return take(draw(kit.officer.id, taken, new Date()), passphrase);
}

function take(pair, passphrase) {
  keep(lock(pair, passphrase));
  opens(pair);
  chosen = pair.id;
  return pair;
}

function keep(record) {
  if (!addRecord(kit.officer.id, record)) unkept = [record, ...unkept.filter((r) => told(r).id !== told(record).id)];
}

/** A key from a file: locked ones keep their passphrase, open ones get the one given. Throws `Trouble`. */
export function bring(text, passphrase, again) {
  const { record, key } = readKeyFile(text);
  const owner = record ? told(record).officer : key.officer;
  if (owner !== kit.officer.id) throw new Trouble("key_of_another", { officer: owner });
  if (key) {
    checked(passphrase, again);
    return take(key, passphrase);
  }
  const pair = unlock(record, passphrase);
  keep(record);
  opens(pair);
  chosen = pair.id;
  return pair;
}
