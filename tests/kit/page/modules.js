// What tests ask the page's modules for, in the page itself.

import { sodium, ready } from "../../../gateway/kit/page/source/seal/sodium.js";
import * as bytes from "../../../gateway/kit/page/source/seal/bytes.js";
import * as lines from "../../../gateway/kit/page/source/seal/lines.js";
import * as manifest from "../../../gateway/kit/page/source/seal/manifest.js";
import * as read from "../../../gateway/kit/page/source/seal/read.js";
import * as write from "../../../gateway/kit/page/source/seal/write.js";
import * as header from "../../../gateway/kit/page/source/table/header.js";
import { look } from "../../../gateway/kit/page/source/table/check.js";
import { documentOf } from "../../../gateway/kit/page/source/table/ods.js";
import { zh } from "../../../gateway/kit/page/source/words/zh.js";
import { en } from "../../../gateway/kit/page/source/words/en.js";

globalThis.modules = {
  sodium, ready, bytes, lines, manifest, read, write, header, look, documentOf, words: { zh, en },
};

const { bytes: b } = globalThis.modules;
const fromHex = (text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
const from64 = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
let keys;

/** The written vectors, asked of the modules: files come and go in base64. */
globalThis.vectors = {
  know(given) {
    keys = given;
  },

  said(file) {
    const secret = fromHex(keys.recipient_private);
    const mine = { secret, sealing: sodium.crypto_scalarmult_base(secret) };
    const parties = { sender: "health", recipient: "lead-office" };
    try {
      const opened = read.open(from64(file), [mine], [{ signing: fromHex(keys.sender_public) }], parties);
      return { verdict: "opened", manifest: b.fromUtf8(manifest.encode(opened.manifest)) };
    } catch (trouble) {
      if (!trouble.code) throw trouble;
      return { verdict: trouble.code };
    }
  },

  written(list, [header, ...files]) {
    // A pulling state begins as a pushing one does, and lets the stream's header be chosen.
    const state = sodium.crypto_secretstream_xchacha20poly1305_init_pull(
      fromHex(keys.stream_header), fromHex(keys.content_key),
    );
    const pieces = [from64(header)];
    let bound = pieces[0];
    const cutter = new write.Cutter((chunk, tag) => {
      pieces.push(sodium.crypto_secretstream_xchacha20poly1305_push(state, chunk, bound, tag));
      bound = null;
    });
    cutter.add(write.beginning(manifest.encode(list), fromHex(keys.sender_seed)));
    for (const file of files) cutter.add(from64(file));
    cutter.end();
    return sodium.to_base64(b.joined(...pieces), sodium.base64_variants.ORIGINAL);
  },
};
