// The page: three views under one head, and who is told when something changes.

import { button, h, say, shown } from "./dom.js";
import { isReady, kit } from "./kit.js";
import * as keyring from "./keyring.js";
import { ready } from "./seal/sodium.js";
import { Trouble } from "./seal/trouble.js";
import { day, has, languageTag, other, switchLanguage, t, title } from "./words.js";
import { keyView } from "./views/key.js";
import { openView } from "./views/open.js";
import { sendView } from "./views/send.js";

const VIEWS = { send: sendView, open: openView, key: keyView };

const NOBODYS = `本页没有报送人信息，请向牵头单位索取。
This page was not made for anybody: ask the lead office for yours.`;

const app = {
  view: "key",

  go(view) {
    app.view = view;
    app.render("view-title");
  },

  /** Shows all of it anew. Focus goes to the element named, else it stays where it was; half-typed secrets stay. */
  render(focus) {
    const page = document.getElementById("page");
    const before = document.activeElement?.id;
    const typed = [...page.querySelectorAll("input[type=password]")].map(({ id, value }) => [id, value]);
    const wide = [...page.querySelectorAll("details[open]")].map(({ id }) => id);
    document.documentElement.lang = languageTag();
    document.title = t("page_title");
    page.replaceChildren(head(), navigation(), h("main", { id: "main" }, VIEWS[app.view](app)), foot());
    for (const [id, value] of typed) Object.assign(document.getElementById(id) ?? {}, { value });
    for (const id of wide) document.getElementById(id)?.setAttribute("open", "");
    document.getElementById(focus || before)?.focus();
  },

  /** What the work comes to; while it is under way the page says so, and nothing else can be begun. */
  async during(text, work) {
    const page = document.getElementById("page");
    const note = h("div", { id: "busy" }, h("p", null, text), h("progress", { max: "1", "aria-label": text }));
    document.body.append(note);
    page.toggleAttribute("inert", true);
    say(text);
    await shown();
    try {
      return await work();
    } finally {
      note.remove();
      page.toggleAttribute("inert", false);
    }
  },

  progress(share) {
    const bar = document.querySelector("#busy progress");
    if (bar) bar.value = share;
  },

  /** The sentence for what went wrong; what we did not foresee has one as well. `place` narrows the words. */
  sentence(trouble, place = "") {
    if (!(trouble instanceof Trouble)) console.error(trouble);
    const code = trouble instanceof Trouble ? trouble.code : "unforeseen";
    return t(has(place + code) ? place + code : code, trouble.about);
  },
};

function head() {
  const change = () => { switchLanguage(); app.render("language"); };
  return h("header", null,
    h("div", null, h("h1", null, t("page_title")), h("p", null, `${title(kit.department)} · ${kit.officer.name}`)),
    button("language", t("other_language"), change, "button.quiet", { lang: other() === "en" ? "en" : "zh-CN" }));
}

function navigation() {
  const item = (view) => {
    const current = { "aria-current": app.view === view && "page" };
    return button(`to-${view}-view`, t(`nav_${view}`), () => app.go(view), "button", current);
  };
  return h("nav", { "aria-label": t("nav") }, Object.keys(VIEWS).map(item));
}

function foot() {
  const made = { office: title(kit.lead_office), day: day(new Date(kit.made)), address: kit.gateway.address };
  const { telephone } = kit.gateway;
  return h("footer", null,
    h("p", null, t("offline")),
    h("p", null, t("made", made), telephone && t("telephone", { telephone })));
}

function watch() {
  // A file that misses its place would replace the page by itself.
  for (const kind of ["dragover", "drop"]) addEventListener(kind, (event) => event.preventDefault());
  for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, keyring.awake);
  keyring.onLocked(() => {
    app.render();
    say(t("locked_idle"));
  });
}

async function start() {
  if (!isReady) {
    document.getElementById("page").append(h("p.alarm", null, NOBODYS));
    return;
  }
  await ready;
  if (keyring.current()) app.view = "send";
  watch();
  app.render();
}

start();
