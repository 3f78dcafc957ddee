// Builds seal.html, one file that asks for nothing else: `npm run build`, or `node build.mjs FILE` to write elsewhere.
//
// The same sources give the same bytes, because esbuild and libsodium are pinned and nothing here asks for the time.

import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const OLDEST = "chrome109";

async function bundled(entry, options) {
  const result = await build({
    entryPoints: [here(entry)],
    absWorkingDir: here("."),
    bundle: true,
    minify: true,
    write: false,
    charset: "utf8",
    legalComments: "none",
    target: OLDEST,
    logLevel: "warning",
    logOverride: { "empty-import-meta": "silent" },
    ...options,
  });
  return result.outputFiles[0].text.trim();
}

const digest = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

function policy(script, style) {
  return [
    "default-src 'none'",
    `script-src ${digest(script)} 'wasm-unsafe-eval'`,
    `style-src ${digest(style)}`,
    "connect-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
}

const script = await bundled("source/main.js", { format: "iife" });
const style = await bundled("source/page.css");
const licence = await readFile(here("node_modules/libsodium-wrappers-sumo/LICENSE"), "utf8");
const fill = { POLICY: policy(script, style), STYLE: style, SCRIPT: script, LICENCE: licence.trim() };
const template = await readFile(here("source/page.html"), "utf8");
const page = template.replace(/\{\{([A-Z]+)\}\}/g, (_, name) => fill[name]);
await writeFile(process.argv[2] ?? here("seal.html"), page);
