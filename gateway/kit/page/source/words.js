// Every sentence of the page, in the language that is chosen.

import { kit } from "./kit.js";
import { language as kept, keepLanguage } from "./store.js";
import { en } from "./words/en.js";
import { zh } from "./words/zh.js";

const ALL = { zh_CN: zh, en };
const TAGS = { zh_CN: "zh-CN", en: "en-GB" };

let chosen = ALL[kept()] ? kept() : ALL[kit.language] ? kit.language : "zh_CN";

export const languageTag = () => TAGS[chosen];
export const other = () => (chosen === "en" ? "zh_CN" : "en");

export function switchLanguage() {
  chosen = other();
  keepLanguage(chosen);
}

/** The sentence of this name, its places `{name}` filled. */
export const t = (name, about = {}) => ALL[chosen][name].replace(/\{(\w+)\}/g, (_, place) => String(about[place]));

export const has = (name) => name in ALL[chosen];

/** The title of a department, a report, a field. */
export const title = (thing) => thing.titles[chosen];

/** Several names as one list: 甲、乙 */
export const list = (names) => names.join(t("list_comma"));

const format = (options) => new Intl.DateTimeFormat(TAGS[chosen], { timeZone: kit.zone, hourCycle: "h23", ...options });

/** A day with its hour, in the county's zone. Midnight is told as the end of the day before, as deadlines are meant. */
export function moment(at) {
  const clock = format({ hour: "2-digit", minute: "2-digit" });
  const isMidnight = clock.format(at) === "00:00";
  const day = day_(isMidnight ? new Date(at.getTime() - 1000) : at);
  return t("moment", { day, time: isMidnight ? "24:00" : clock.format(at) });
}

const day_ = (at) => format({ year: "numeric", month: "long", day: "numeric" }).format(at);
export { day_ as day };

/** `2026-M12` as people say it. */
export function periodWords(period) {
  const [, year, letter, number] = /^(\d{4})-([MQSA])(\d+)$/.exec(period) ?? [];
  if (!letter) return period;
  const nth = (names) => t(names).split(" ")[Number(number) - 1];
  return t(`period_${letter}`, { year, month: nth("months"), nth: nth("nth") });
}

export function size(bytes) {
  if (bytes < 1024) return t("bytes", { n: bytes });
  const [n, unit] = bytes < 1 << 20 ? [bytes / 1024, "KB"] : [bytes / (1 << 20), "MB"];
  return `${n < 10 ? n.toFixed(1) : Math.round(n)} ${unit}`;
}
