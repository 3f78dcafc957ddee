// What tests ask the page's modules for, in the page itself.

import { sodium, ready } from "../../../gateway/kit/page/source/seal/sodium.js";
import * as bytes from "../../../gateway/kit/page/source/seal/bytes.js";
import * as lines from "../../../gateway/kit/page/source/seal/lines.js";
import * as manifest from "../../../gateway/kit/page/source/seal/manifest.js";
import * as read from "../../../gateway/kit/page/source/seal/read.js";
import * as write from "../../../gateway/kit/page/source/seal/write.js";
import * as header from "../../../gateway/kit/page/source/table/header.js";
import { look } from "../../../gateway/kit/page/source/table/check.js";
import { zh } from "../../../gateway/kit/page/source/words/zh.js";
import { en } from "../../../gateway/kit/page/source/words/en.js";

globalThis.modules = { sodium, ready, bytes, lines, manifest, read, write, header, look, words: { zh, en } };
