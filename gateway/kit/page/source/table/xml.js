// Tags of an XML text as it comes, without a tree: enough for a workbook, and nothing outside is ever fetched.

const ASIDE = /<!\[CDATA\[[\s\S]*?\]\]>|<!--[\s\S]*?-->|<\?[\s\S]*?\?>/;
const ELEMENT = /<(\/?)(?:[\w.-]+:)?([\w.-]+)((?:[^<>"']|"[^"]*"|'[^']*')*)>/;
const TAG = new RegExp(`${ASIDE.source}|${ELEMENT.source}`, "g");
const LONGEST_TAG = 1 << 16;
const NAMED = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

const unescaped = (text) =>
  text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(amp|lt|gt|quot|apos));/gi, (whole, hexadecimal, decimal, name) => {
    const code = hexadecimal ? parseInt(hexadecimal, 16) : Number(decimal);
    return name ? NAMED[name.toLowerCase()] : code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });

/** Attributes by name, without prefixes. */
function attributes(text) {
  const found = {};
  for (const [, name, one, other] of text.matchAll(/(?:[\w.-]+:)?([\w.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    found[name] = unescaped(one ?? other);
  }
  return found;
}

/** `{ name, opens, closes, attributes(), text }` for each tag of the pieces; `text` is what stood before it. */
export async function* tags(pieces) {
  let waiting = "";
  let text = "";
  for await (const piece of pieces) {
    waiting += piece;
    let end = 0;
    for (const match of waiting.matchAll(TAG)) {
      text += unescaped(waiting.slice(end, match.index));
      end = match.index + match[0].length;
      if (match[0].startsWith("<![CDATA[")) text += match[0].slice(9, -3);
      if (match[2] === undefined) continue;
      const inner = match[3];
      const alone = inner.endsWith("/");
      const ends = Boolean(match[1]);
      yield { name: match[2], opens: !ends, closes: ends || alone, attributes: () => attributes(inner), text };
      text = "";
    }
    waiting = waiting.slice(end);
    const open = waiting.indexOf("<");
    if (open < 0 ? waiting.length > LONGEST_TAG : waiting.length - open > LONGEST_TAG) return;
  }
}
