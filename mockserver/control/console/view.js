/* Parts that views share: buttons, tables, tabs, dialogs, the JSON viewer. All of them work with the keyboard. */

import {append, h, replace} from "./dom.js";
import {clip, number, plural} from "./format.js";

let ids = 0;
/** An id of its own, to connect a label with its field. */
export const uid = prefix => `${prefix}-${++ids}`;

/** A button; while the promise of its action is open it is busy, and an error becomes a toast. `kind`: primary, quiet, inline, danger. */
export function button(label, action, {kind, title, type = "button", ...rest} = {}) {
  const element = h("button", {type, class: ["button", kind], title, onclick: async event => {
    if (element.getAttribute("aria-busy") === "true") return;
    element.setAttribute("aria-busy", "true");
    try { await action?.(event); } catch (error) { failed(error); } finally { element.removeAttribute("aria-busy"); }
  }, ...rest}, label);
  return element;
}

/** A toast that shows an error. */
export function failed(error) {
  if (error?.name === "AbortError") return;
  if (!error?.problem) console.error(error);
  toast(error?.message ?? String(error), {kind: "bad"});
}

/** A short message at the edge of the window, which also screen readers announce. */
export function toast(text, {kind = "", seconds = kind === "bad" ? 9 : 4} = {}) {
  let region = document.querySelector(".toasts");
  if (!region) document.body.append(region = h("div", {class: "toasts", role: "status", "aria-live": "polite"}));
  const open = document.querySelector("dialog[open]");
  (open ?? document.body).append(region); // a modal dialog covers everything outside it
  const message = h("div", {class: ["toast", kind]}, h("span", {}, text),
    h("button", {type: "button", class: "close", "aria-label": "Dismiss", onclick: () => message.remove()}, "×"));
  region.append(message);
  setTimeout(() => message.remove(), seconds * 1000);
}

/** A button that copies a text; `text` is a function, which may return a promise. */
export function copyButton(label, text, options = {}) {
  return button(label, async () => {
    await copy(await text());
    toast(options.done ?? "Copied.");
  }, {kind: "quiet", ...options, done: null});
}

/** Puts a text on the clipboard, also where a page has no clipboard because it came by http. */
export async function copy(text) {
  try { await navigator.clipboard.writeText(text); return; } catch { /* below */ }
  const area = h("textarea", {class: "offscreen", "aria-hidden": "true", value: text});
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (!copied) throw new Error("The browser does not allow copying here.");
}

/** A small label. `kind`: good, warn, bad, fault, accent, or none. */
export const badge = (text, kind, title) => h("span", {class: ["badge", kind], title}, text);

const VERDICTS = {
  fine: ["fine", "good", "The call was answered as the contract has it."],
  refused: ["refused", "warn", "The vendor refused the call with one of its problems."],
  violation: ["violation", "bad", "The call does not fit the contract."],
  fault: ["fault", "fault", "A planned fault struck the call."],
  broken: ["broken", "bad", "The reply of this server violates the contract: a defect of the mock server."],
};

/** The verdict of an exchange as a badge. */
export function verdictBadge(verdict) {
  const [text, kind, title] = VERDICTS[verdict] ?? [verdict, "", ""];
  return badge(text, kind, title);
}

/** The kind of change (added, updated, removed) as a sign with its word for screen readers. */
export function change(kind) {
  const sign = {added: "+", updated: "~", removed: "−"}[kind] ?? "·";
  return h("span", {class: ["change", kind], title: kind}, h("span", {"aria-hidden": "true"}, sign), h("span", {class: "offscreen"}, kind));
}

/** Names and values; those whose value is null or undefined are left out. */
export const facts = pairs => h("dl", {class: "facts"}, pairs.filter(([, value]) => value !== null && value !== undefined)
  .map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));

/** What a view shows where it has nothing yet: what would be here, and how to get it. */
export const empty = (title, text, ...actions) => h("div", {class: "empty"}, h("h2", {}, title), h("p", {}, text),
  actions.length ? h("div", {class: "row"}, actions) : null);

/** A titled part of a page. */
export const section = (title, ...children) => h("section", {class: "part"}, title && h("h2", {}, title), children);

/** A header of a view: its title, a line about it, buttons. */
export const heading = (title, text, ...actions) => h("header", {class: "heading"},
  h("div", {}, h("h1", {}, title), text && h("p", {class: "soft"}, text)), actions.length ? h("div", {class: "row"}, actions) : null);

/** A text to copy: a block of code with a button. */
export const code = (text, {label = "Copy", copied} = {}) => h("div", {class: "code"},
  h("pre", {tabindex: "0"}, h("code", {}, text)), copyButton(label, () => text, {done: copied}));

/** A labelled field around an input, with a hint; the input gets its id. */
export function field(label, input, hint) {
  input.id ||= uid("field");
  const note = hint && h("small", {id: `${input.id}-hint`}, hint);
  if (note) input.setAttribute("aria-describedby", note.id);
  return h("div", {class: "field"}, h("label", {for: input.id}, label), input, note);
}

/** A select of `[value, text]` pairs or of plain values. */
export const select = (options, {value, onchange, ...rest} = {}) => {
  const element = h("select", {onchange, ...rest}, options.map(one => {
    const [key, text] = Array.isArray(one) ? one : [one, one];
    return h("option", {value: key}, text);
  }));
  if (value !== undefined && value !== null) element.value = value;
  return element;
};

/** A switch: a checkbox that looks like one. `onchange(checked)` may return a promise. */
export function toggle(label, checked, onchange) {
  const input = h("input", {type: "checkbox", role: "switch", checked, onchange: async () => {
    input.disabled = true;
    try { await onchange(input.checked); } catch (error) { input.checked = !input.checked; failed(error); }
    input.disabled = false;
  }});
  return h("label", {class: "switch"}, input, h("span", {}, label));
}

/** A table whose rows open with a click or Enter; arrow keys, Home and End move between rows.
 *
 * `columns`: `{title, cell: row => child, class, hidden: true (title for screen readers only)}`; the first column holds the
 * row's link. `href(row)` is the address that a row opens, or `onOpen(row)` its action; neither: rows are only shown.
 * `key(row)` identifies a row. Returns `{element, update(rows), prepend(rows, most), select(key)}`. */
export function table({columns, rows = [], key = row => row, href, onOpen, caption, selected, rowClass}) {
  const body = h("tbody", {});
  const opens = href || onOpen;
  let chosen = selected ?? null;
  const line = row => {
    const cells = columns.map((column, index) => {
      const content = column.cell(row);
      const inner = index || !opens ? content : href
        ? h("a", {class: "open", href: href(row)}, content)
        : h("button", {type: "button", class: "open", onclick: () => onOpen(row)}, content);
      return h(index ? "td" : "th", {class: column.class, scope: index ? null : "row"}, inner);
    });
    const id = String(key(row));
    return h("tr", {"data-key": id, "aria-current": id === String(chosen) ? "true" : null, class: rowClass?.(row)}, cells);
  };
  const opener = tr => tr?.querySelector(".open");
  if (opens) {
    body.addEventListener("click", event => {
      if (event.target.closest("a, button, input, select, label") || String(getSelection())) return;
      const found = opener(event.target.closest("tr"));
      if (found) { found.focus(); found.click(); }
    });
    body.addEventListener("keydown", event => {
      const row = event.target.closest("tr");
      const to = {ArrowDown: row?.nextElementSibling, ArrowUp: row?.previousElementSibling, Home: body.firstElementChild,
        End: body.lastElementChild}[event.key];
      if (!to || !event.target.closest(".open")) return;
      event.preventDefault();
      opener(to)?.focus();
    });
  }
  const part = {
    element: h("table", {class: ["table", opens && "opens"]}, caption && h("caption", {class: "offscreen"}, caption),
      h("thead", {}, h("tr", {}, columns.map(column => h("th", {scope: "col", class: column.class},
        column.hidden ? h("span", {class: "offscreen"}, column.title) : column.title)))), body),
    update(next) { replace(body, next.map(line)); },
    append(next) { append(body, next.map(line)); },
    /** Adds rows at the top, and keeps the first `most` rows. */
    prepend(next, most = Infinity) {
      body.prepend(...next.map(line));
      while (body.children.length > most) body.lastElementChild.remove();
    },
    select(next) {
      chosen = next;
      for (const tr of body.children) {
        if (tr.dataset.key === String(next)) tr.setAttribute("aria-current", "true"); else tr.removeAttribute("aria-current");
      }
    },
    row: wanted => [...body.children].find(tr => tr.dataset.key === String(wanted)),
    get length() { return body.children.length; },
  };
  part.update(rows);
  return part;
}

/** A list with the detail of one entry beside it; on a narrow window the detail covers the list. */
export function split(list, {onClose, label = "Detail"} = {}) {
  const panel = h("section", {class: "detail", "aria-label": label, hidden: true, tabindex: "-1"});
  const element = h("div", {class: "split"}, h("div", {class: "list"}, list), panel);
  const close = () => { part.close(); onClose?.(); };
  panel.addEventListener("keydown", event => { if (event.key === "Escape" && !event.defaultPrevented) close(); });
  const part = {
    element,
    open(...content) {
      replace(panel, h("button", {type: "button", class: "close", "aria-label": "Close the detail", onclick: close}, "×"), content);
      panel.hidden = false;
      panel.scrollTop = 0;
      element.classList.add("opened");
    },
    close() { panel.hidden = true; replace(panel); element.classList.remove("opened"); },
    get isOpen() { return !panel.hidden; },
    panel,
  };
  return part;
}

/** Tabs `{name, title, content: () => child}`; content is made when its tab is first shown. */
export function tabs(items, {selected, onSelect, label} = {}) {
  const base = uid("tab");
  const panel = h("div", {role: "tabpanel", class: "panel", id: `${base}-panel`, tabindex: "0"});
  const made = new Map();
  const list = h("div", {role: "tablist", class: "tabs", "aria-label": label});
  const show = (name, focus) => {
    for (const one of list.children) {
      const current = one.dataset.name === name;
      one.setAttribute("aria-selected", String(current));
      one.tabIndex = current ? 0 : -1;
      if (current) { panel.setAttribute("aria-labelledby", one.id); if (focus) one.focus(); }
    }
    if (!made.has(name)) made.set(name, items.find(item => item.name === name).content());
    replace(panel, made.get(name));
  };
  append(list, items.map(item => h("button", {type: "button", role: "tab", id: `${base}-${item.name}`, "data-name": item.name,
    "aria-controls": panel.id, onclick: () => { show(item.name); onSelect?.(item.name); }}, item.title)));
  list.addEventListener("keydown", event => {
    const all = [...list.children];
    const at = all.indexOf(document.activeElement);
    const to = {ArrowRight: all[(at + 1) % all.length], ArrowLeft: all.at(at - 1), Home: all[0], End: all.at(-1)}[event.key];
    if (!to) return;
    event.preventDefault();
    show(to.dataset.name, true);
    onSelect?.(to.dataset.name);
  });
  show(items.some(item => item.name === selected) ? selected : items[0].name);
  return h("div", {class: "tabbed"}, list, panel);
}

/** A modal dialog. `content` is a child or a function `(close) => child`; `actions(close)` returns the buttons.
 * Returns a promise of what `close(value)` was given; undefined if the dialog was dismissed. */
export function dialog(title, content, {actions, wide, danger} = {}) {
  return new Promise(resolve => {
    const before = document.activeElement;
    let result;
    const close = value => { result = value; element.close(); };
    const name = uid("dialog");
    const element = h("dialog", {class: ["dialog", wide && "wide", danger && "danger"], "aria-labelledby": name, onclose: () => {
      const toasts = element.querySelector(".toasts");
      if (toasts) document.body.append(toasts);
      element.remove();
      before?.focus?.();
      resolve(result);
    }, onclick: event => { if (event.target === element) element.close(); }},
    h("div", {class: "sheet"},
      h("header", {}, h("h2", {id: name}, title), h("button", {type: "button", class: "close", "aria-label": "Close", onclick: () => element.close()}, "×")),
      h("div", {class: "body"}, typeof content === "function" ? content(close) : content),
      actions && h("footer", {class: "row"}, actions(close))));
    document.body.append(element);
    element.showModal();
    element.querySelector("[autofocus], .body input, .body select, .body textarea, footer .primary, footer .danger")?.focus();
  });
}

/** Asks before something that cannot be undone; a promise of true or undefined. */
export const confirm = (title, text, action, {danger = true} = {}) => dialog(title, h("p", {}, text), {danger, actions: close => [
  button("Cancel", () => close()), button(action, () => close(true), {kind: danger ? "danger" : "primary"})]});

/** Asks for some texts; `fields`: `{name, label, hint, value, required, pattern, placeholder}`. `save(values)` may throw:
 * the dialog then stays and shows the error. A promise of what `save` returned. */
export function ask(title, fields, action, save, {text} = {}) {
  return dialog(title, close => {
    const error = h("p", {class: "error", role: "alert", hidden: true});
    const inputs = fields.map(({label, hint, node, ...rest}) => [label, node ?? h("input", {autocomplete: "off", ...rest}), hint]);
    const submit = h("button", {type: "submit", class: "button primary"}, action);
    return h("form", {onsubmit: async event => {
      event.preventDefault();
      submit.setAttribute("aria-busy", "true");
      try {
        close(await save(Object.fromEntries(fields.map((one, index) => [one.name, inputs[index][1].value.trim()]))) ?? true);
      } catch (failure) {
        error.hidden = false;
        replace(error, failure.message);
      }
      submit.removeAttribute("aria-busy");
    }}, text && h("p", {class: "soft"}, text), inputs.map(([label, input, hint]) => field(label, input, hint)), error,
    h("div", {class: "row end"}, button("Cancel", () => close()), submit));
  });
}

const PAGE = 100;

/** A JSON value with parts that open and close; `open` levels are open at first. */
export function json(value, {open = 2, label} = {}) {
  return h("div", {class: "json", role: "group", "aria-label": label, tabindex: label ? "0" : null}, node(value, null, open));
}

function node(value, name, open) {
  const key = name === null ? null : [h("span", {class: "key"}, name), ": "];
  if (value === null || typeof value !== "object") return h("div", {class: "leaf"}, key, scalar(value));
  const list = Array.isArray(value);
  const entries = list ? value.map((one, index) => [index, one]) : Object.entries(value);
  if (!entries.length) return h("div", {class: "leaf"}, key, h("span", {class: "mark"}, list ? "[]" : "{}"));
  const body = h("div", {class: "members"});
  let made = 0;
  const more = () => {
    body.querySelector(":scope > .more")?.remove();
    append(body, entries.slice(made, made + PAGE).map(([one, child]) => node(child, one, open - 1)));
    made += PAGE;
    if (made < entries.length) {
      append(body, h("button", {type: "button", class: "more", onclick: more}, `${number(entries.length - made)} more`));
    }
  };
  const brief = ([one, child]) => list ? short(child) : `${one}: ${short(child)}`;
  const [start, end] = list ? "[]" : "{}";
  const hint = `${start} ${clip(entries.slice(0, 4).map(brief).join(", ") + (entries.length > 4 ? ", …" : ""), 90)} ${end}`;
  const details = h("details", {ontoggle: () => { if (details.open && !made) more(); }},
    h("summary", {title: plural(entries.length, list ? "item" : "member")}, key, h("span", {class: "mark"}, hint), h("span", {class: "brace"}, start)), body);
  if (open > 0) { more(); details.open = true; }
  return details;
}

const short = value => value === null || typeof value !== "object" ? clip(JSON.stringify(value), 16) : Array.isArray(value) ? `[${value.length}]` : "{…}";

function scalar(value) {
  if (typeof value !== "string") return h("span", {class: value === null ? "null" : typeof value}, String(value));
  return h("span", {class: "string"}, JSON.stringify(value));
}
