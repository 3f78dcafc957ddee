// Which report, and for when: out of what this officer's department owes.

import { h } from "../dom.js";
import { kit } from "../kit.js";
import { moment, periodWords, t, title } from "../words.js";

const DAY = 86_400_000;
const HOUR = 3_600_000;
const OCCURRING = "on_occurrence";

const today = () =>
  new Intl.DateTimeFormat("sv-SE", { timeZone: kit.zone, year: "numeric", month: "2-digit", day: "2-digit" }).format();

/** The period that is due next of those that are open; else the next to open; else the last. */
function likely(flow, now = Date.now()) {
  const open = flow.periods.filter((p) => Date.parse(p.opens) <= now && now < Date.parse(p.closes));
  const due = open.find((p) => now < Date.parse(p.due)) ?? open.at(-1);
  return (due ?? flow.periods.find((p) => now < Date.parse(p.opens)) ?? flow.periods.at(-1))?.period ?? "";
}

/** The report that is due soonest. */
export function initial() {
  const due = (flow) => Date.parse(flow.periods.find((p) => p.period === likely(flow))?.due ?? "9999-12-31");
  const [first] = [...kit.dataflows].sort((one, other) => due(one) - due(other));
  return { flow: first?.id ?? "", period: first ? likely(first) : "", day: today() };
}

export const chosenFlow = (state) => kit.dataflows.find((flow) => flow.id === state.flow);

/** The period's notation, or the day of what is reported as it occurs; empty if there is none. */
export const periodOf = (state) => (chosenFlow(state).frequency === OCCURRING ? state.day : state.period);

export function chooser(state, changed) {
  const flow = chosenFlow(state);
  const choose = (event) => {
    state.flow = event.target.value;
    state.period = likely(chosenFlow(state));
    changed();
  };
  return [
    h("div.field", null,
      h("label", { for: "dataflow" }, t("which_report")),
      h("select", { id: "dataflow", onchange: choose },
        kit.dataflows.map((one) => h("option", { value: one.id, selected: one.id === state.flow }, title(one))))),
    flow.frequency === OCCURRING ? dayField(state, changed) : periodField(flow, state, changed),
  ];
}

function dayField(state, changed) {
  const choose = (event) => { state.day = event.target.value; changed(); };
  return h("div.field", null,
    h("label", { for: "period" }, t("which_day")),
    h("input", { id: "period", type: "date", value: state.day, max: today(), onchange: choose }));
}

function periodField(flow, state, changed) {
  const choose = (event) => { state.period = event.target.value; changed(); };
  const period = flow.periods.find((p) => p.period === state.period);
  const option = (p) => h("option", { value: p.period, selected: p.period === state.period }, periodWords(p.period));
  return h("div.field", null,
    h("label", { for: "period" }, t("which_period")),
    h("select", { id: "period", onchange: choose, "aria-describedby": "due" }, flow.periods.map(option)),
    h("p.note", { id: "due" }, period ? due(period) : t("no_periods")));
}

function due(period) {
  const now = Date.now();
  const at = Date.parse(period.due);
  const until = t("due", { moment: moment(new Date(at)) });
  const opens = new Date(period.opens);
  if (now < opens.getTime()) return [until, h("strong", null, t("not_open", { moment: moment(opens) }))];
  if (now >= Date.parse(period.closes)) return [until, h("strong.bad", null, t("closed"))];
  if (now >= at) return [until, h("strong.bad", null, t("overdue"))];
  const days = Math.floor((at - now) / DAY);
  const left = days ? t("days_left", { n: days }) : t("hours_left", { n: Math.ceil((at - now) / HOUR) });
  return [until, h("span", null, left)];
}
