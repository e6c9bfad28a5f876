/* Parts that views share: buttons, tables, tabs, dialogs, the JSON viewer. All of them work with the keyboard. */

import {append, fill, h} from "./dom.js";
import {clip, number, plural} from "./format.js";

export * from "./dom.js";
export * from "./format.js";

let ids = 0;
const uid = () => `id-${++ids}`;

/** A button, busy while its action lasts. `kind`: primary, quiet, inline, danger. */
export function button(label, action, kind, rest) {
  const element = h("button.button", {type: "button", class: kind, onclick: async () => {
    if (element.ariaBusy) return;
    element.ariaBusy = true;
    await attempt(action);
    element.ariaBusy = null;
  }, ...rest}, label);
  return element;
}

/** An error of the action becomes a toast. */
export async function attempt(action) {
  try { await action(); } catch (error) { failed(error); }
}

export function failed(error) {
  if (error.name === "AbortError") return;
  if (!error.problem) console.error(error);
  toast(error.message, "bad");
}

const top = () => document.querySelector("dialog[open]") ?? document.body; // a modal dialog covers everything outside it

/** A short message, which screen readers announce too. */
export function toast(text, kind) {
  const region = document.querySelector(".toasts") ?? h(".stack.toasts", {role: "status", "aria-live": "polite"});
  top().append(region);
  const message = h(".row.spread.toast", {class: kind}, h("span", text), closer("Dismiss", () => message.remove()));
  region.append(message);
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
  const input = h("input", {type: "checkbox", role: "switch", checked, onchange: async () => {
    input.disabled = true;
    try { await onchange(input.checked); } catch (error) { input.checked = !input.checked; failed(error); }
    input.disabled = false;
  }});
  return h("label.row.switch", input, h("span", label));
}

/** A search field in a form; Enter calls `find(text)`. `before`: what stands in front, `action`: the text of a button,
 * `main`: whether the key / leads to it. */
export function searchForm(label, find, {before, action, main, ...rest} = {}) {
  const input = h("input", {type: "search", "data-search": main, "aria-label": label, placeholder: label, onsearch: () => { if (!input.value) form.requestSubmit(); }, ...rest});
  const form = h("form.row.grow", {role: "search", onsubmit: event => { event.preventDefault(); attempt(() => find(input.value.trim())); }},
    before, input, action && h("button.button", {class: main && "primary"}, action));
  return form;
}

/** A table whose rows open with a click or Enter; arrow keys, Home and End move between them.
 *
 * `columns`: `[title, row => child, class]`, the class `offscreen` for a title that only screen readers need; the first
 * column has the link `href(row)`, without which rows are only shown. `key(row)` identifies a row.
 * The element can `fill` itself anew, add rows at its end (`more`) or start (`newer`), and `mark` the row of a key. */
export function table(caption, columns, rows, {key = () => "", href, selected} = {}) {
  const line = row => h("tr", {"data-key": key(row), "aria-current": String(key(row)) === selected}, columns.map(([, cell, name], index) =>
    h(index ? "td" : "th", {class: name !== "offscreen" && name, scope: !index && "row"}, href && !index ? h("a.open", {href: href(row)}, cell(row)) : cell(row))));
  const enter = tr => {
    const link = tr?.querySelector(".open");
    link?.focus();
    return link;
  };
  const body = h("tbody", {onclick({target}) {
    if (!target.closest("a, button, input, select, label") && !String(getSelection())) enter(target.closest("tr"))?.click();
  }, onkeydown(event) {
    const row = event.target.closest("tr");
    const to = {ArrowDown: row.nextElementSibling, ArrowUp: row.previousElementSibling, Home: body.firstElementChild, End: body.lastElementChild}[event.key];
    if (to && event.target.closest(".open")) { event.preventDefault(); enter(to); }
  }}, rows.map(line));
  return Object.assign(h(".scroll", h("table.table", {class: href && "opens"}, h("caption.offscreen", caption),
    h("thead", h("tr", columns.map(([title, , name]) => h("th", {scope: "col", class: name !== "offscreen" && name}, name === "offscreen" ? h("span.offscreen", title) : title)))), body)), {
    rows: body.children,
    fill: next => fill(body, next.map(line)),
    more: next => append(body, next.map(line)),
    /** Keeps the first `most` rows. */
    newer(next, most) {
      body.prepend(...next.map(line));
      while (body.children.length > most) body.lastElementChild.remove();
    },
    mark(next) {
      selected = next;
      for (const tr of body.children) tr.ariaCurrent = tr.dataset.key === next || null;
    },
  });
}

/** A list with the detail of one entry beside it; on a narrow window the detail covers the list. */
export function split(list, label, onClose) {
  const panel = h("section.detail.stack", {"aria-label": label, hidden: true, tabindex: "-1", onkeydown: event => { if (event.key === "Escape" && !event.defaultPrevented) dismiss(); }});
  const element = h(".stack.split", h(".list.stack", list), panel);
  const show = (...content) => {
    fill(panel, content);
    panel.hidden = !content.length;
    panel.scrollTop = 0;
    element.classList.toggle("opened", !panel.hidden);
  };
  const dismiss = () => { show(); onClose(); };
  return Object.assign(element, {panel, close: () => show(), open: (...content) => show(closer("Close the detail", dismiss), content)});
}

/** Tabs of `[name, title, () => child or its promise]`; content is made when its tab is first shown. */
export function tabs(label, items, selected, onSelect) {
  const id = uid();
  const panel = h(".stack.panel", {role: "tabpanel", id, tabindex: "0"});
  const made = [];
  const show = at => {
    all.forEach((tab, index) => {
      tab.ariaSelected = index === at;
      tab.tabIndex = index === at ? 0 : -1;
    });
    panel.setAttribute("aria-labelledby", all[at].id);
    made[at] ??= h(".stack", [items[at][2]()].map(one => one instanceof Promise ? later(one) : one));
    fill(panel, made[at]);
  };
  const choose = at => { show(at); onSelect?.(items[at][0]); };
  const all = items.map(([name, title], index) => h("button", {type: "button", role: "tab", id: `${id}-${name}`, "aria-controls": id, onclick: () => choose(index)}, title));
  const list = h(".row.tabs", {role: "tablist", "aria-label": label, onkeydown: event => {
    const at = all.indexOf(document.activeElement), {length} = all;
    const to = {ArrowRight: (at + 1) % length, ArrowLeft: (at + length - 1) % length, Home: 0, End: length - 1}[event.key];
    if (to === undefined) return;
    event.preventDefault();
    choose(to);
    all[to].focus();
  }}, all);
  show(Math.max(0, items.findIndex(([name]) => name === selected)));
  return h(".stack", list, panel);
}

function later(promise) {
  const place = h(".stack", {"aria-busy": true}, soft("Loading …"));
  promise.catch(error => h("p.error", {role: "alert"}, error.message)).then(child => { fill(place, child); place.ariaBusy = null; });
  return place;
}

/** A modal dialog; `content(close)` and `actions(close)` make what is in it. A promise of what `close(value)` was given;
 * undefined if the dialog was dismissed. */
export const dialog = (title, content, actions = () => null, kind) => new Promise(resolve => {
  const before = document.activeElement, id = uid();
  let result;
  const close = value => { result = value; element.close(); };
  const element = h("dialog.dialog", {class: kind, "aria-labelledby": id, onclose() {
    document.body.append(...element.querySelectorAll(".toasts"));
    element.remove();
    before.focus();
    resolve(result);
  }, onclick: event => { if (event.target === element) close(); }},
  h(".stack", h("header.row.spread", h("h2", {id}, title), closer("Close", () => close())), h("div", content(close)), h("footer.row.end", actions(close))));
  document.body.append(element);
  element.showModal();
  element.querySelector("div input, div select, div textarea, footer .primary, footer .danger")?.focus();
});

const cancel = close => button("Cancel", () => close());

/** Asks before something that cannot be undone; a promise of true or undefined. */
export const confirm = (title, text, action) => dialog(title, () => h("p", text), close => [cancel(close), button(action, () => close(true), "danger")], "danger");

/** Asks for texts; `fields`: `[name, label, attributes of its input or the input itself, hint]`. If `save(values)` throws,
 * the dialog stays and shows the error. A promise of what `save` returned. */
export const ask = (title, text, fields, action, save) => dialog(title, close => {
  const error = h("p.error", {role: "alert"});
  const inputs = fields.map(([name, , given]) => given instanceof Node ? given : h("input", {autocomplete: "off", name, ...given}));
  const submit = h("button.button.primary", action);
  return h("form.stack", {onsubmit: async event => {
    event.preventDefault();
    submit.ariaBusy = true;
    try {
      close(await save(Object.fromEntries(fields.map(([name], index) => [name, inputs[index].value.trim()]))) ?? true);
    } catch (failure) {
      fill(error, failure.message);
    }
    submit.ariaBusy = null;
  }}, text && soft(text), fields.map(([, label, , hint], index) => field(label, inputs[index], hint)), error, h(".row.end", cancel(close), submit));
});

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
