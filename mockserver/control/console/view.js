/* Parts that views share: buttons, tables, tabs, dialogs, the JSON viewer. All of them work with the keyboard. */

import {append, h, replace} from "./dom.js";
import {clip, number, plural} from "./format.js";

let ids = 0;
const uid = prefix => `${prefix}-${++ids}`;

/** A button; while the promise of its action is open it is busy, and an error becomes a toast. `kind`: primary, quiet, inline, danger. */
export function button(label, action, {kind, ...rest} = {}) {
  const element = h("button.button", {type: "button", class: kind, onclick: async event => {
    if (element.getAttribute("aria-busy") === "true") return;
    element.setAttribute("aria-busy", "true");
    await attempt(() => action?.(event));
    element.removeAttribute("aria-busy");
  }, ...rest}, label);
  return element;
}

/** Does something; an error becomes a toast. */
export async function attempt(action) {
  try { return await action(); } catch (error) { return failed(error); }
}

/** A toast that shows an error. */
export function failed(error) {
  if (error.name === "AbortError") return;
  if (!error.problem) console.error(error);
  toast(error.message, "bad");
}

/** A short message at the edge of the window, which also screen readers announce. */
export function toast(text, kind) {
  const region = document.querySelector(".toasts") ?? h(".toasts", {role: "status", "aria-live": "polite"});
  (document.querySelector("dialog[open]") ?? document.body).append(region); // a modal dialog covers everything outside it
  const message = h(".toast", {class: kind}, h("span", text), closer("Dismiss", () => message.remove()));
  region.append(message);
  setTimeout(() => message.remove(), kind ? 9000 : 4000);
}

const closer = (label, onclick) => h("button.close", {type: "button", "aria-label": label, onclick}, "×");

/** A button that copies a text; `text` is a function, which may return a promise. */
export const copyButton = (label, text, done = "Copied.", options = {}) => button(label, async () => {
  await copy(await text());
  toast(done);
}, {kind: "quiet", ...options});

/** Puts a text on the clipboard, also where a page has no clipboard because it came by http. */
async function copy(text) {
  try { await navigator.clipboard.writeText(text); return; } catch { /* below */ }
  const area = h("textarea.offscreen", {"aria-hidden": "true", value: text});
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (!copied) throw new Error("The browser does not allow copying here.");
}

/** A small label. `kind`: good, warn, bad, fault, accent, or none. */
export const badge = (text, kind, title) => h("span.badge", {class: kind, title}, text);

const VERDICTS = {
  fine: ["good", "The call was answered as the contract has it."],
  refused: ["warn", "The vendor refused the call with one of its problems."],
  violation: ["bad", "The call does not fit the contract."],
  fault: ["fault", "A planned fault struck the call."],
  broken: ["bad", "The reply of this server violates the contract: a defect of the mock server."],
};

/** The verdict of an exchange as a badge. */
export const verdictBadge = verdict => badge(verdict, ...VERDICTS[verdict] ?? []);

/** Names and values; those whose value is null or undefined are left out. */
export const facts = pairs => h("dl.facts", pairs.filter(([, value]) => value !== null && value !== undefined)
  .map(([name, value]) => [h("dt", name), h("dd", value)]));

/** What a view shows where it has nothing yet: what would be here, and how to get it. */
export const empty = (title, text, ...actions) => h(".empty", h("h2", title), h("p", text), h(".row", actions));

/** A titled part of a page. */
export const section = (title, ...children) => h("section.stack", h("h2", title), children);

/** A header of a view: its title, a line about it, buttons. */
export const heading = (title, text, ...actions) => h("header.row.spread.heading", h("div", h("h1", title), text && soft(text)), h(".row", actions));

export const soft = (...text) => h("p.soft", text);

/** A text to copy: a block of code with a button. */
export const code = (text, label = "Copy", copied) => h(".code", h("pre", {tabindex: "0"}, h("code", text)), copyButton(label, () => text, copied));

/** A labelled field around an input, with a hint; the input gets its id. */
export function field(label, input, hint) {
  input.id ||= uid("field");
  if (hint) input.setAttribute("aria-describedby", `${input.id}-hint`);
  return h(".field", h("label", {for: input.id}, label), input, hint && h("small", {id: `${input.id}-hint`}, hint));
}

/** Options from `[value, text]` pairs or plain values. */
export const options = all => all.map(one => [one].flat()).map(([value, text = value]) => h("option", {value}, text));

/** A select of such options; `onchange(value)`. */
export function select(all, {value, onchange, ...rest} = {}) {
  const element = h("select", {onchange: onchange && (() => attempt(() => onchange(element.value))), ...rest}, options(all));
  if (value !== undefined && value !== null) element.value = value;
  return element;
}

/** A switch: a checkbox that looks like one. `onchange(checked)` may return a promise. */
export function toggle(label, checked, onchange) {
  const input = h("input", {type: "checkbox", role: "switch", checked, onchange: async () => {
    input.disabled = true;
    try { await onchange(input.checked); } catch (error) { input.checked = !input.checked; failed(error); }
    input.disabled = false;
  }});
  return h("label.switch", input, h("span", label));
}

/** A search field in a form; Enter calls `find(text)`. `before`: what stands in front, `action`: the text of a button,
 * `main`: whether the key / leads to it. */
export function searchForm(label, find, {value = "", placeholder = label, title, before, action, main} = {}) {
  const input = h("input", {type: "search", "data-search": main, "aria-label": label, placeholder, title, value, onsearch: () => { if (!input.value) form.requestSubmit(); }});
  const form = h("form.row.grow", {role: "search", onsubmit: event => { event.preventDefault(); attempt(() => find(input.value.trim())); }},
    before, input, action && h("button.button", {class: main && "primary"}, action));
  return form;
}

/** A table whose rows open with a click or Enter; arrow keys, Home and End move between rows.
 *
 * `columns`: `[title, row => child, class]`, the class `offscreen` for a title that only screen readers need; the first
 * column holds the row's link. `href(row)` is the address that a row opens; without it rows are only shown. `key(row)`
 * identifies a row. Returns `{element, update(rows), append(rows), prepend(rows, most), select(key), length}`. */
export function table(caption, columns, rows, {key = () => "", href, selected} = {}) {
  const body = h("tbody");
  const line = row => h("tr", {"data-key": key(row), "aria-current": String(key(row)) === selected ? "true" : null}, columns.map(([, cell, name], index) =>
    h(index ? "td" : "th", {class: name !== "offscreen" && name, scope: index ? null : "row"}, href && !index ? h("a.open", {href: href(row)}, cell(row)) : cell(row))));
  const opener = tr => tr?.querySelector(".open");
  body.addEventListener("click", event => {
    if (event.target.closest("a, button, input, select, label") || String(getSelection())) return;
    const found = opener(event.target.closest("tr"));
    found?.focus();
    found?.click();
  });
  body.addEventListener("keydown", event => {
    const row = event.target.closest("tr");
    const to = {ArrowDown: row?.nextElementSibling, ArrowUp: row?.previousElementSibling, Home: body.firstElementChild, End: body.lastElementChild}[event.key];
    if (!to || !event.target.closest(".open")) return;
    event.preventDefault();
    opener(to).focus();
  });
  append(body, rows.map(line));
  return {
    element: h(".scroll", h("table.table", {class: href && "opens"}, h("caption.offscreen", caption),
      h("thead", h("tr", columns.map(([title, , name]) => h("th", {scope: "col", class: name !== "offscreen" && name}, name === "offscreen" ? h("span.offscreen", title) : title)))), body)),
    update: next => replace(body, next.map(line)),
    append: next => append(body, next.map(line)),
    /** Adds rows at the top, and keeps the first `most` rows. */
    prepend(next, most) {
      body.prepend(...next.map(line));
      while (body.children.length > most) body.lastElementChild.remove();
    },
    select(next) {
      selected = next;
      for (const tr of body.children) tr.toggleAttribute("aria-current", false);
      [...body.children].find(tr => tr.dataset.key === next)?.setAttribute("aria-current", "true");
    },
    get length() { return body.children.length; },
  };
}

/** A list with the detail of one entry beside it; on a narrow window the detail covers the list. */
export function split(list, label, onClose) {
  const panel = h("section.detail.stack", {"aria-label": label, hidden: true, tabindex: "-1", onkeydown: event => { if (event.key === "Escape" && !event.defaultPrevented) close(); }});
  const element = h(".split", h(".list.stack", list), panel);
  const show = (...content) => {
    replace(panel, content);
    panel.hidden = !content.length;
    element.classList.toggle("opened", !panel.hidden);
  };
  const close = () => { show(); onClose(); };
  return {
    element, panel, close: () => show(),
    open(...content) {
      show(closer("Close the detail", close), content);
      panel.scrollTop = 0;
    },
  };
}

/** Tabs of `[name, title, () => child or its promise]`; content is made when its tab is first shown. */
export function tabs(label, items, selected, onSelect) {
  const base = uid("tab");
  const panel = h(".stack.panel", {role: "tabpanel", id: `${base}-panel`, tabindex: "0"});
  const made = new Map();
  const show = (name, byUser) => {
    for (const [, tab] of all) {
      const isCurrent = tab.dataset.name === name;
      tab.setAttribute("aria-selected", isCurrent);
      tab.tabIndex = isCurrent ? 0 : -1;
      if (isCurrent) panel.setAttribute("aria-labelledby", tab.id);
    }
    if (!made.has(name)) {
      const content = items.find(([one]) => one === name)[2]();
      made.set(name, content instanceof Promise ? later(content) : content);
    }
    replace(panel, made.get(name));
    if (byUser) onSelect?.(name);
  };
  const all = new Map(items.map(([name, title]) => [name, h("button", {type: "button", role: "tab", id: `${base}-${name}`, "data-name": name, "aria-controls": panel.id, onclick: () => show(name, true)}, title)]));
  const list = h(".tabs", {role: "tablist", "aria-label": label, onkeydown: event => {
    const tabs_ = [...all.values()], at = tabs_.indexOf(document.activeElement);
    const to = {ArrowRight: tabs_[(at + 1) % tabs_.length], ArrowLeft: tabs_.at(at - 1), Home: tabs_[0], End: tabs_.at(-1)}[event.key];
    if (!to) return;
    event.preventDefault();
    show(to.dataset.name, true);
    to.focus();
  }}, [...all.values()]);
  show(all.has(selected) ? selected : items[0][0]);
  return h(".stack", list, panel);
}

/** An element that a promise fills. */
export function later(promise) {
  const place = h(".stack", {"aria-busy": "true"}, soft("Loading …"));
  promise.then(child => replace(place, child), error => replace(place, h("p.error", {role: "alert"}, error.message))).finally(() => place.removeAttribute("aria-busy"));
  return place;
}

/** A modal dialog. `content` is a child or a function `close => child`; `actions(close)` returns the buttons.
 * A promise of what `close(value)` was given; undefined if the dialog was dismissed. */
export function dialog(title, content, actions, kind) {
  return new Promise(resolve => {
    const before = document.activeElement;
    let result;
    const close = value => { result = value; element.close(); };
    const name = uid("dialog");
    const element = h("dialog.dialog", {class: kind, "aria-labelledby": name, onclose: () => {
      document.body.append(...element.querySelectorAll(".toasts"));
      element.remove();
      before?.focus?.();
      resolve(result);
    }, onclick: event => { if (event.target === element) element.close(); }},
    h(".sheet.stack", h("header.row.spread", h("h2", {id: name}, title), closer("Close", () => element.close())),
      h("div", typeof content === "function" ? content(close) : content), actions && h("footer.row.end", actions(close))));
    document.body.append(element);
    element.showModal();
    element.querySelector("div input, div select, div textarea, footer .primary, footer .danger")?.focus();
  });
}

/** Asks before something that cannot be undone; a promise of true or undefined. */
export const confirm = (title, text, action) => dialog(title, h("p", text), close => [button("Cancel", () => close()), button(action, () => close(true), {kind: "danger"})], "danger");

/** Asks for some texts; `fields`: `[name, label, attributes of its input or the input itself, hint]`. `save(values)` may
 * throw: the dialog then stays and shows the error. A promise of what `save` returned. */
export function ask(title, text, fields, action, save) {
  return dialog(title, close => {
    const error = h("p.error", {role: "alert", hidden: true});
    const inputs = fields.map(([, , given]) => given instanceof Node ? given : h("input", {autocomplete: "off", ...given}));
    const submit = h("button.button.primary", action);
    return h("form.stack", {onsubmit: async event => {
      event.preventDefault();
      submit.setAttribute("aria-busy", "true");
      try {
        close(await save(Object.fromEntries(fields.map(([name], index) => [name, inputs[index].value.trim()]))) ?? true);
      } catch (failure) {
        error.hidden = false;
        replace(error, failure.message);
      }
      submit.removeAttribute("aria-busy");
    }}, text && soft(text), fields.map(([, label, , hint], index) => field(label, inputs[index], hint)), error,
    h(".row.end", button("Cancel", () => close()), submit));
  });
}

// --- JSON ------------------------------------------------------------------------------------------------------------

const PAGE = 100; // members that are shown at once

/** A JSON value with parts that open and close; `open` levels are open at first. */
export const json = (value, open = 2, label = "JSON") => h(".json", {role: "group", "aria-label": label, tabindex: "0"}, node(value, null, open));

const isLeaf = value => value === null || typeof value !== "object";
const short = value => isLeaf(value) ? clip(JSON.stringify(value), 16) : Array.isArray(value) ? `[${value.length}]` : "{…}";

function node(value, name, open) {
  const key = name !== null && [h("span.key", name), ": "];
  if (isLeaf(value)) return h(".leaf", key, h("span", {class: value === null ? "null" : typeof value}, JSON.stringify(value)));
  const [entries, start, end] = Array.isArray(value) ? [[...value.entries()], "[", "]"] : [Object.entries(value), "{", "}"];
  if (!entries.length) return h(".leaf", key, h("span.mark", start + end));
  const body = h(".members");
  const more = () => {
    const made = body.querySelectorAll(":scope > :not(button)").length;
    body.querySelector(":scope > button")?.remove();
    append(body, entries.slice(made, made + PAGE).map(([one, child]) => node(child, one, open - 1)),
      entries.length > made + PAGE && button(`${number(entries.length - made - PAGE)} more`, more, {kind: "inline"}));
  };
  const brief = entries.slice(0, 4).map(([one, child]) => start === "[" ? short(child) : `${one}: ${short(child)}`).join(", ");
  const details = h("details", {open: open > 0, ontoggle: () => { if (details.open && !body.children.length) more(); }},
    h("summary", {title: plural(entries.length, start === "[" ? "item" : "member")}, key, h("span.mark", `${start} ${clip(brief + (entries.length > 4 ? ", …" : ""), 90)} ${end}`), h("span.brace", start)), body);
  if (open > 0) more();
  return details;
}
