// Making elements and talking to whoever listens instead of looking. No text ever becomes markup.

/** `h("p.note", { id: "x", onclick: f }, "text", child)`; an attribute that is null, undefined or false is left out. */
export function h(kind, attributes, ...children) {
  const [tag, ...classes] = kind.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A button; `kind` as in `h`, with `.primary` for the one that goes on. */
export const button = (id, label, onclick, kind = "button", more = {}) =>
  h(kind, { id, type: "button", onclick, ...more }, label);

/** The button that sends its form. */
export const submit = (id, label, kind = "button.primary") => h(kind, { id, type: "submit" }, label);

/** A form that stays on its page. */
export const form = (onsubmit, ...children) =>
  h("form", { novalidate: true, onsubmit: (event) => (event.preventDefault(), onsubmit()) }, ...children);

/** The heading of a view, which gets the focus when the view is new. */
export const heading = (text) => h("h2", { id: "view-title", tabindex: "-1" }, text);

/** Names and what they stand for. */
export const facts = (...pairs) =>
  h("dl.facts", null, pairs.map(([name, value]) => [h("dt", null, name), h("dd", null, value)]).flat());

/** What is to be done, in order: `[sentence, button]` each. */
export const steps = (...all) =>
  h("ol.steps", null, all.map(([sentence, action]) => h("li", null, h("span", null, sentence), action)));

/** Read out by a screen reader, and shown nowhere else. */
export function say(text) {
  const place = document.getElementById("said");
  place.textContent = "";
  setTimeout(() => (place.textContent = text), 50);
}

/** After the browser has shown what there is: for work that will hold it up. */
export const shown = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));

/** Hands a file to the person, as a download. */
export function save(name, blob) {
  const link = h("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export const saveText = (name, text) => save(name, new Blob([text], { type: "application/octet-stream" }));

/** A labelled place for a passphrase. */
export function passphrase(id, label, autocomplete, note) {
  const described = note ? `${id}-note` : null;
  return h("div.field", null,
    h("label", { for: id }, label),
    h("input", { id, type: "password", autocomplete, spellcheck: "false", "aria-describedby": described }),
    note && h("p.note", { id: described }, note),
  );
}

/** A place to drop files on, which is also a button to choose them. */
export function dropPlace({ id, label, note, accept, multiple, onfiles }) {
  const input = h("input", {
    id, type: "file", accept, multiple, "aria-describedby": `${id}-note`,
    onchange: () => { if (input.files.length) onfiles([...input.files]); input.value = ""; },
  });
  const place = h("div.drop", {
    ondragover: (event) => { event.preventDefault(); place.classList.add("over"); },
    ondragleave: () => place.classList.remove("over"),
    ondrop: (event) => {
      event.preventDefault();
      event.stopPropagation();
      place.classList.remove("over");
      const files = [...event.dataTransfer.files];
      if (files.length) onfiles(multiple ? files : files.slice(0, 1));
    },
  }, input, h("label.button", { for: id }, label), h("p.note", { id: `${id}-note` }, note));
  return place;
}

/** What went wrong, said at once and shown where it happened. */
export const alarm = (text) => h("p.alarm", { role: "alert" }, text);
