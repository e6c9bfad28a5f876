/* Parts that views share: buttons, tables, tabs, dialogs, the JSON viewer. All of them work with the keyboard. */

import {append, fill, h} from "./dom.js";
import {clip, number, plural} from "./format.js";

export * from "./dom.js";
export * from "./format.js";

let ids = 0;
const uid = () => `id-${++ids}`;

/** A button, busy while its action lasts. `kind`: primary, quiet, inline, danger. */
export const button = (label, action, kind, rest) =>
  h("button.button", {type: "button", class: kind, onclick: ({currentTarget}) => busy(currentTarget, () => attempt(action)), ...rest}, label);

async function busy(element, action) {
  if (element.ariaBusy) return;
  element.ariaBusy = true;
  await action();
  element.ariaBusy = null;
}

/** An error of the action becomes a toast. */
export async function attempt(action) {
  try { await action(); } catch (error) { failed(error); }
}

export function failed(error) {
  if (!error.problem) console.error(error);
  toast(error.message, "bad");
}

const top = () => document.querySelector("dialog[open]") ?? document.body; // a modal dialog covers everything outside it

const toasts = h(".stack.toasts", {role: "status"});

/** A short message, which screen readers announce too. */
export function toast(text, kind) {
  const message = h(".row.spread.toast", {class: kind}, h("span", text), closer("Dismiss", () => message.remove()));
  top().append(toasts);
  toasts.append(message);
  setTimeout(() => message.remove(), kind ? 9000 : 4000);
}

const closer = (label, onclick) => h("button.close", {type: "button", "aria-label": label, onclick}, "×");

/** A button that copies what `text()` returns, or its promise. */
export const copyButton = (label, text, done = "Copied.", kind = "quiet", rest) => button(label, async () => {
  await copy(await text());
  toast(done);
}, kind, rest);

async function copy(text) {
  try { await navigator.clipboard.writeText(text); return; } catch { /* a page that came by http has no clipboard */ }
  const area = h("textarea.offscreen", {"aria-hidden": true, value: text});
  top().append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (!copied) throw new Error("The browser does not allow copying here.");
}

/** A small label. `kind`: good, warn, bad, fault, accent, or none. */
export const badge = (text, kind, title) => h("span.badge", {class: kind, title}, text);

export const facts = pairs => h("dl.facts", pairs.filter(([, value]) => value != null).map(([name, value]) => [h("dt", name), h("dd", value)]));

/** What a view shows where it has nothing yet: what would be here, and how to get it. */
export const empty = (title, text, ...actions) => h(".stack.empty", h("h2", title), h("p", text), h(".row", actions));

export const section = (title, ...children) => h("section.stack", h("h2", title), children);

export const heading = (title, text, ...actions) => h("header.row.spread.heading", h("div", h("h1", title), text && soft(text)), h(".row", actions));

export const a = (href, text, kind) => h("a", {href, class: kind}, text);
export const soft = (...text) => h("p.soft", text);
export const dim = (...text) => h("span.soft", text);
export const fold = (summary, ...children) => h("details", h("summary", summary), h(".stack", children));

export const code = (text, label = "Copy", copied) => h(".row.code", h("pre", {tabindex: "0"}, h("code", text)), copyButton(label, () => text, copied));

export function field(label, input, hint) {
  const id = input.id ||= uid();
  if (hint) input.setAttribute("aria-describedby", `${id}-hint`);
  return h(".stack.snug.field", h("label", {for: id}, label), input, hint && h("small", {id: `${id}-hint`}, hint));
}

/** Of `[value, text]` pairs or plain values. */
export const options = all => all.map(one => [one].flat()).map(([value, text = value]) => h("option", {value}, text));

export function select(all, {value, onchange, ...rest} = {}) {
  const element = h("select", {onchange: onchange && (() => attempt(() => onchange(element.value))), ...rest}, options(all));
  if (value != null) element.value = value;
  return element;
}

/** A checkbox that looks like a switch. `onchange(checked)` may return a promise. */
export function toggle(label, checked, onchange) {
  const input = h("input", {type: "checkbox", role: "switch", name: label, checked, onclick: event => { if (input.ariaBusy) event.preventDefault(); }, onchange: () => busy(input, async () => {
    try { await onchange(input.checked); } catch (error) { input.checked = !input.checked; failed(error); }
  })});
  return h("label.row.switch", input, h("span", label));
}

/** A search field in a form, to which the key / leads; Enter calls `find(text)`. */
export function searchForm(label, find, rest) {
  const input = h("input", {type: "search", "aria-label": label, placeholder: label, onsearch: () => { if (!input.value) form.requestSubmit(); }, ...rest});
  const form = h("form.row", {role: "search", onsubmit: event => { event.preventDefault(); attempt(() => find(input.value.trim())); }}, input, h("button.button", "Search"));
  return form;
}

/** What a keydown does among controls: arrow keys, Home and End lead from one to another. */
const arrows = (controls, back, on, choose = () => null) => event => {
  const all = controls(), at = all.indexOf(event.target), {length} = all;
  const to = at < 0 ? null : all[{[on]: (at + 1) % length, [back]: (at + length - 1) % length, Home: 0, End: length - 1}[event.key]];
  if (!to) return;
  event.preventDefault();
  to.focus();
  choose(to);
};

/** A table whose rows open with a click or Enter; arrow keys, Home and End move between them.
 *
 * `columns`: `[title, row => child, class]`; the first one has the link `href(row)`, without which rows are only shown.
 * `key(row)` identifies a row. The element can `fill` itself anew, add rows at its end (`more`) or start (`newer`, of
 * which it keeps the first `most`), and `mark` the row of a key. */
export function table(caption, columns, rows, {key = () => "", href} = {}) {
  let marked;
  const line = row => h("tr", {"data-key": key(row), "aria-current": String(key(row)) === marked}, columns.map(([, cell, name], index) =>
    h(index ? "td" : "th", {class: name, scope: !index && "row"}, href && !index ? h("a.open", {href: href(row)}, cell(row)) : cell(row))));
  const body = h("tbody", {onclick({target}) {
    const link = target.closest("tr").querySelector(".open");
    if (!link || target.closest("a, button") || String(getSelection())) return;
    link.focus();
    link.click();
  }, onkeydown: arrows(() => [...body.querySelectorAll(".open")], "ArrowUp", "ArrowDown")}, rows.map(line));
  return Object.assign(h(".scroll", h("table.table", {class: href && "opens"}, h("caption.offscreen", caption),
    h("thead", h("tr", columns.map(([title, , name]) => h("th", {scope: "col", class: name}, title)))), body)), {
    rows: body.children,
    fill: next => fill(body, next.map(line)),
    more: next => append(body, next.map(line)),
    newer(next, most) {
      body.prepend(...next.map(line));
      while (body.children.length > most) body.lastElementChild.remove();
    },
    mark(next) {
      marked = next;
      for (const tr of body.children) tr.ariaCurrent = tr.dataset.key === next || null;
    },
  });
}

/** A list with the detail of that row of its table beside it which the query names by `key`; on a narrow window the
 * detail covers the list. `detailOf(key)` makes the detail or its promise. */
export async function split(here, key, label, list, rows, detailOf) {
  const close = () => {
    rows.querySelector("[aria-current] .open")?.focus();
    here.go({[key]: "", tab: ""});
  };
  const panel = h("section.detail.stack", {"aria-label": label, tabindex: "-1", onkeydown: event => { if (event.key === "Escape") close(); }});
  const element = h(".stack.split", h(".list.stack", list), panel);
  const choose = async () => {
    const chosen = here.query[key];
    rows.mark(chosen);
    const content = chosen && await Promise.resolve(chosen).then(detailOf).catch(error => empty("This cannot be shown", error.message));
    if (here.query[key] !== chosen) return;
    fill(panel, closer("Close the detail", close), content ?? "There is no such entry.");
    panel.hidden = !chosen;
    panel.scrollTop = 0;
    element.classList.toggle("opened", !panel.hidden);
    if (panel.isConnected && !matchMedia("(min-width: 62rem)").matches) panel.focus();
  };
  here.handles[key] = choose;
  await choose();
  return element;
}

/** Tabs of `[name, title, () => child or its promise]`; content is made when its tab is first shown. The query names the
 * tab that is shown first, and `keep` the one that is chosen. */
export function tabs(label, all, {query, keep = () => null}) {
  const id = uid(), items = all.filter(Boolean);
  const panel = h(".stack.panel", {role: "tabpanel", id, tabindex: "0"});
  const made = [];
  const show = at => {
    buttons.forEach((tab, index) => {
      tab.ariaSelected = index === at;
      tab.tabIndex = index === at ? 0 : -1;
    });
    panel.setAttribute("aria-labelledby", buttons[at].id);
    fill(panel, made[at] ??= later(items[at][2]));
  };
  const buttons = items.map(([name, title], at) => h("button", {type: "button", role: "tab", id: `${id}-${name}`, "aria-controls": id, onclick: () => { show(at); keep({tab: name}); }}, title));
  show(Math.max(0, items.findIndex(([name]) => name === query.tab)));
  return h(".stack", h(".row.tabs", {role: "tablist", "aria-label": label, onkeydown: arrows(() => buttons, "ArrowLeft", "ArrowRight", tab => tab.click())}, buttons), panel);
}

/** A place for what `make` returns, or its promise. */
function later(make) {
  const place = h(".stack", soft("Loading …"));
  busy(place, async () => {
    try { fill(place, await make()); } catch (error) { fill(place, h("p.error", {role: "alert"}, error.message)); }
  });
  return place;
}

/** A modal dialog; `content(close)` makes what is in it. A promise of what `close(value)` was given; undefined if the
 * dialog was dismissed. */
export const dialog = (title, content, kind) => new Promise(resolve => {
  const id = uid();
  let result;
  const close = value => { result = value; element.close(); };
  const element = h("dialog.dialog", {class: kind, "aria-labelledby": id, onclose() {
    document.body.append(toasts);
    element.remove();
    resolve(result);
  }, onclick: ({target}) => { if (target === element) close(); }}, h(".stack", h("h2", {id}, title), content(close)), closer("Close", () => close()));
  document.body.append(element);
  element.showModal();
});

/** A field of a form for a line of text. */
export const line = (label, name, hint, rest) => field(label, h("input", {name, autocomplete: "off", ...rest}), hint);

/** A form. `save` is called with the values of its fields by their names, without empty ones; its error is shown. */
export function form(content, action, save, ...others) {
  const error = h("p.error", {role: "alert"}), submit = h("button.button.primary", action);
  return h("form.stack", {onsubmit: event => {
    event.preventDefault();
    const values = [...event.target.elements].filter(one => one.name && one.value.trim()).map(one => [one.name, one.type === "number" ? one.valueAsNumber : one.value.trim()]);
    busy(submit, async () => {
      try { await save(Object.fromEntries(values)); } catch (failure) { fill(error, failure.message); }
    });
  }}, content, error, h(".row.end", others, submit));
}

/** A form in a dialog. A promise of what `save` returned. */
export const ask = (title, content, action, save, kind) => dialog(title, close =>
  form(content, action, async values => close(await save(values) ?? true), button("Cancel", () => close())), kind);

/** A button for what cannot be undone: it asks before. */
export const asking = (label, question, text, action) => button(label, () => ask(question, soft(text), label, action, "danger"), "danger");

const PAGE = 100; // members that are shown at once

/** A JSON value with parts that open and close; `open` levels are open at first. */
export const json = (value, open = 2, label = "JSON") => h(".json", {role: "group", "aria-label": label, tabindex: "0"}, node(value, null, open));

const isLeaf = value => value === null || typeof value !== "object";
const short = value => isLeaf(value) ? clip(JSON.stringify(value), 16) : Array.isArray(value) ? `[${value.length}]` : "{…}";

function node(value, name, open) {
  const key = name !== null && [h("span.key", name), ": "];
  if (isLeaf(value)) return h(".leaf", key, h("span", {class: value === null ? "null" : typeof value}, JSON.stringify(value)));
  const list = Array.isArray(value), [start, end] = list ? "[]" : "{}";
  const entries = list ? [...value.entries()] : Object.entries(value);
  if (!entries.length) return h(".leaf", key, h("span.mark", start + end));
  const body = h(".members");
  const more = () => {
    body.querySelector(":scope > button")?.remove();
    const made = body.children.length, left = entries.length - made - PAGE;
    append(body, entries.slice(made, made + PAGE).map(([one, child]) => node(child, one, open - 1)), left > 0 && button(`${number(left)} more`, more, "inline"));
  };
  const brief = entries.slice(0, 4).map(([one, child]) => list ? short(child) : `${one}: ${short(child)}`).join(", ") + (entries.length > 4 ? ", …" : "");
  const details = h("details", {open: open > 0, ontoggle: () => { if (details.open && !body.children.length) more(); }},
    h("summary", {title: plural(entries.length, list ? "item" : "member")}, key, h("span.mark", `${start} ${clip(brief, 90)} ${end}`), h("span.brace", start)), body);
  if (open > 0) more();
  return details;
}
