/* Calls: the exchanges of a world, newest first and live; the search is the address. */

import {withQuery} from "../api.js";
import {h, replace} from "../dom.js";
import {connect, countBadges, countsBrief, effectList} from "../effects.js";
import {clip, duration, moment, number, parsed, plural, pretty, size, time} from "../format.js";
import {badge, button, code, confirm, copy, empty, facts, failed, heading, json, section, split, table, tabs, toast, verdictBadge} from "../view.js";

export const title = "Calls";

const PAGE = 100;
const MOST = 300; // rows that the live list keeps
const QUICK = [["", "All"], ["verdict:refused", "Refused"], ["verdict:violation", "Violations"], ["verdict:fault", "Faults"], ["verdict:broken", "Broken"], ["is:changed", "Changes"]];
const HELP = "vendor: op: status: problem: fault: verdict: path: method: test: is:changed, and free text; a - in front excludes";

export async function show(root, context) {
  const {api, path, href, navigate} = context;
  let query = context.query;
  let newest = 0; // the number of the newest exchange that was read
  let waiting = 0; // calls that came while the reader was further down
  let hidden = 0; // calls to no vendor, such as browsers and scanners make
  let incoming = [];
  let timer = null;
  let loading = 0;

  const get = name => query.get(name) ?? "";
  const link = changes => href("calls", {...Object.fromEntries(query), ...changes});
  const go = (changes, options) => navigate("calls", {...Object.fromEntries(query), ...changes}, options);
  const isProbe = one => one.vendor === null;

  const search = h("input", {type: "search", "data-search": true, "aria-label": "Search the calls", placeholder: "Search: vendor:ortto status:4xx is:changed …   ( / )", title: HELP, value: get("q")});
  const form = h("form", {role: "search", class: "search", onsubmit: event => { event.preventDefault(); go({q: search.value.trim(), n: ""}); }}, search);
  search.addEventListener("search", () => form.requestSubmit());
  const quick = h("div", {class: "row tight quick"});
  const note = h("p", {class: "soft", role: "status"});
  const more = h("div", {class: "row"});
  const fresh = h("button", {type: "button", class: "button primary fresh-calls", hidden: true, onclick: () => { scrollTo(0, 0); load().catch(failed); }});
  const grouped = h("div", {});
  const calls = table({
    caption: "Calls, newest first", key: one => one.number, href: one => link({n: one.number}),
    columns: [
      {title: "Verdict", cell: one => [verdictBadge(one.verdict), h("span", {class: "offscreen"}, one.operation ?? one.path)]},
      {title: "Call", cell: one => [h("span", {class: "op"}, one.operation ?? h("em", {}, "no operation")), " ", h("span", {class: "soft"}, one.vendor ?? "no vendor"),
        one.problem && one.verdict !== "fine" ? [" ", h("span", {class: "problem"}, one.problem)] : null,
        h("div", {class: "mono soft line"}, `${one.method} ${clip(one.path, 90)}`)]},
      {title: "Status", class: "number", cell: one => one.status},
      {title: "Changed", class: "nowrap aside", cell: one => countsBrief(one.effect_counts)},
      {title: "Time", class: "nowrap aside", cell: one => h("time", {datetime: one.at, title: moment(one.at)}, time(one.at))},
      {title: "Duration", class: "number nowrap aside", cell: one => duration(one.duration_us)},
    ],
  });
  const box = h("div", {});
  const parts = split([fresh, box, more], {label: "Call", onClose: () => { go({n: "", tab: ""}); }});
  const toggle = h("a", {class: "button"});
  const frame = [heading("Calls", null, toggle, context.role === "viewer" ? null : button("Clear", clear, {kind: "danger", title: "Empty the journal of this world"})),
    h("div", {class: "stack"}, form, h("div", {class: "row spread"}, quick, note)), grouped, parts.element];

  async function load() {
    hidden = waiting = 0;
    incoming = [];
    fresh.hidden = true;
    replace(quick, QUICK.map(([value, text]) => h("a", {href: link({q: value, n: ""}), "aria-current": get("q") === value ? "true" : null}, text)));
    const groups = get("group") === "errors";
    replace(toggle, groups ? "All calls" : "Group errors");
    toggle.setAttribute("href", link({group: groups ? "" : "errors", n: ""}));
    parts.element.hidden = groups;
    grouped.hidden = !groups;
    if (groups) return showGroups();
    replace(grouped);
    loading++;
    const page = await read({limit: PAGE}).finally(() => { loading--; });
    newest = page.last;
    const rows = visible(page.exchanges);
    if (rows.length || hidden) { replace(box, calls.element); calls.update(rows); } else replace(box, await nothing());
    older(page.next);
    status(page.dropped);
    return select();
  }

  const read = limits => api.get(withQuery(path("journal"), {view: "brief", order: "newest", q: get("q"), ...limits}));

  function visible(exchanges) {
    if (get("probes") || get("q")) return exchanges;
    hidden += exchanges.filter(isProbe).length;
    return exchanges.filter(one => !isProbe(one));
  }

  function status(dropped) {
    replace(note, hidden ? [`${plural(hidden, "call")} to no vendor hidden `, h("a", {href: link({probes: "1"})}, "Show")] : null,
      get("probes") ? h("a", {href: link({probes: ""})}, "Hide calls to no vendor") : null,
      dropped ? ` The journal has dropped ${plural(dropped, "older call")}.` : null);
  }

  function older(next) {
    replace(more, next ? button("Older calls", async () => {
      const page = await read({limit: PAGE, until: next});
      calls.append(visible(page.exchanges));
      older(page.next);
    }) : null);
  }

  async function nothing() {
    if (get("q")) return empty("No call fits this search", HELP, h("a", {class: "button", href: link({q: ""})}, "All calls"));
    return h("div", {class: "stack"}, empty("No calls yet", "Send one, and it appears here at once. This is how to reach each vendor in this world:"),
      await connect(context));
  }

  // --- live ------------------------------------------------------------------------------------------------------

  const soon = (ms, action) => { timer ??= setTimeout(() => { timer = null; action().catch(failed); }, ms); };
  context.onExchange(one => {
    incoming.push(one);
    soon(get("q") || get("group") ? 700 : 120, receive); // a search and a count read the journal
  });
  context.onWorld(({reset}) => {
    if (reset) newest = 0;
    clearTimeout(timer);
    timer = null;
    soon(300, load);
  });

  async function receive() {
    if (loading) { soon(120, receive); return; }
    let found = incoming.splice(0).filter(one => one.number > newest).reverse();
    if (!found.length) return;
    if (get("group")) { await showGroups(); return; }
    const after = newest;
    newest = found[0].number;
    if (get("q")) found = (await read({after, limit: PAGE})).exchanges; // only the server knows what the search finds
    found = visible(found);
    status();
    if (!found.length) return;
    if (!calls.element.isConnected) { await load(); return; }
    if (scrollY > 150) {
      waiting += found.length;
      replace(fresh, `↑ ${plural(waiting, "new call")}`);
      fresh.hidden = false;
      return;
    }
    calls.prepend(found.slice(0, MOST), Math.max(MOST, PAGE));
  }

  async function clear() {
    if (!await confirm("Empty the journal?", `All exchanges of the world “${context.world}” are deleted. Its records stay.`, "Empty the journal")) return;
    await api.delete(path("journal"));
    await go({n: "", q: ""}, {replace: true});
    await load();
  }

  // --- errors, grouped -------------------------------------------------------------------------------------------

  async function showGroups() {
    const {errors} = await api.get(withQuery(path("journal", "errors"), {q: get("q")}));
    const terms = one => [one.vendor && `vendor:${one.vendor}`, one.operation && `op:${one.operation}`, one.problem && `problem:${one.problem}`, !one.problem && "-verdict:fine"].filter(Boolean).join(" ");
    replace(grouped, errors.length ? table({
      caption: "Errors by vendor, operation and problem", rows: errors, key: terms, href: one => link({group: "", q: terms(one)}),
      columns: [
        {title: "Problem", cell: one => [verdictBadge(one.newest.verdict), " ", one.problem ?? one.flaw ?? `answered ${one.newest.status}`]},
        {title: "Operation", cell: one => [one.operation ?? h("em", {}, "no operation"), " ", h("span", {class: "soft"}, one.vendor ?? "no vendor")]},
        {title: "Calls", class: "number", cell: one => number(one.count)},
        {title: "Last", class: "nowrap aside", cell: one => moment(one.newest.at)},
      ]}).element : empty("No errors", "Every call was answered as the contract has it."));
  }

  // --- one call --------------------------------------------------------------------------------------------------

  async function select() {
    const n = get("n");
    calls.select(n);
    if (!n) { parts.close(); return; }
    if (parts.panel.dataset.number === n && parts.isOpen) return;
    parts.panel.dataset.number = n;
    try {
      const exchange = await api.get(path("journal", n));
      if (get("n") === n) parts.open(detail(exchange));
    } catch (error) {
      parts.open(empty("This call is not in the journal", error.message));
    }
    if (!matchMedia("(min-width: 62rem)").matches) parts.panel.focus();
  }

  function detail(exchange) {
    const {call, reply} = exchange;
    const copyAs = (label, language) => button(label, async () => {
      const {code: text} = await api.get(withQuery(path("journal", exchange.number, "code"), {language}));
      await copy(text);
      toast(language === "pytest" ? "Copied: paste it into a test that uses the fixture mockserver." : "Copied.");
    }, {kind: "quiet", "aria-label": `Copy as ${label}`});
    return [
      h("header", {class: "stack"},
        h("h2", {}, exchange.operation ?? `${call.method} ${clip(call.path, 60)}`),
        h("div", {class: "row"}, verdictBadge(exchange.verdict), badge(reply.status), h("span", {class: "soft"},
          [context.vendorTitle(exchange.vendor), moment(exchange.at), duration(exchange.duration_us), `call ${exchange.number}`, exchange.test].filter(Boolean).join(" · "))),
        h("div", {class: "row tight"},
          context.role === "viewer" ? null : button("Send again", async () => {
            const again = await api.post(path("journal", exchange.number, "resend"));
            toast(`Sent: ${again.reply.status}, call ${again.number}.`);
            await go({n: again.number});
          }, {title: "Make the call again, with the credentials of this world"}),
          h("span", {class: "soft"}, "Copy as"), copyAs("curl", "curl"), copyAs("Python", "python"), copyAs("assertion", "pytest"))),
      section("Why", explanation(exchange)),
      changes(exchange),
      tabs([
        {name: "call", title: "Call", content: () => message(`${call.method} ${call.url}`, call.headers, call.body)},
        {name: "reply", title: "Reply", content: () => message(`Status ${reply.status}`, reply.headers, reply.body)},
        {name: "raw", title: "Raw", content: () => h("div", {class: "stack"}, code(raw(`${call.method} ${call.url}`, call)), code(raw(String(reply.status), reply)))},
      ], {label: "Call and reply", selected: get("tab"), onSelect: tab => go({tab}, {replace: true})}),
    ];
  }

  function changes({effects, effect_counts: counts, jobs}) {
    if (!effects.length && !jobs.length) return null;
    const open = effect => href("state", {vendor: effect.vendor, collection: effect.collection, id: effect.id});
    return section("What it changed", countBadges(counts), effects.length ? effectList(effects, {href: open}) : null,
      jobs.map(job => h("div", {class: "stack"}, h("p", {class: "soft"}, `Job ${job.job} of ${job.vendor}, due ${moment(job.due)}`), effectList(job.effects, {href: open}))));
  }

  replace(root, frame);
  await load();
  return {
    stop() { clearTimeout(timer); },
    async update(next) {
      const only = [...new Set([...next.keys(), ...query.keys()])].filter(key => next.get(key) !== query.get(key));
      query = next;
      if (only.every(key => ["n", "tab"].includes(key))) return select();
      search.value = get("q");
      return load();
    },
  };
}

// --- why -----------------------------------------------------------------------------------------------------------

const FLAWS = {unknown_vendor: "This server does not serve this vendor.", unknown_path: "No operation of the contract has this path.",
  unknown_method: "The path exists, but not with this method.", broken_promise: "The reply would have violated the contract: a defect of the mock server, not of the caller."};

/** What was wrong, the nearest right value before all else. */
function explanation(exchange) {
  const items = [];
  const add = (right, text, ...further) => items[right ? "unshift" : "push"](h("li", {class: right ? "right" : null},
    right && h("p", {class: "nearest"}, "Nearest right: ", h("code", {}, right)), h("p", {}, text), further));
  if (exchange.flaw) add(exchange.nearest, FLAWS[exchange.flaw], exchange.why && h("pre", {}, exchange.why));
  for (const one of exchange.violations) {
    add(one.nearest, [h("code", {}, `${one.side === "reply" ? "reply " : ""}${one.place}${one.pointer}`), " ", one.message],
      one.value === null ? null : facts([["sent", h("code", {}, one.value)], ["expected", one.expected]]));
  }
  for (const one of exchange.unknown) add(one.nearest, [h("code", {}, `${one.place}${one.pointer}`), " is not in the contract."]);
  if (exchange.fault) add(null, [`The planned fault ${exchange.fault.id} struck this call: `, h("strong", {}, exchange.fault.kind), "."]);
  if (exchange.problem) add(null, ["The vendor refused it with the problem ", h("strong", {}, exchange.problem), "."]);
  for (const remark of exchange.remarks) add(null, remark);
  if (!items.length) return h("p", {class: "soft"}, exchange.reply.status < 400 ? "The call fits the contract and was answered." : "The vendor refused the call.");
  return h("ul", {class: "why"}, items);
}

function message(line, headers, body) {
  const value = parsed(body);
  const length = size(body);
  return h("div", {class: "stack"}, h("p", {class: "mono line"}, line),
    h("details", {}, h("summary", {}, plural(Object.keys(headers).length, "header")), facts(Object.entries(headers).map(([name, text]) => [name, h("span", {class: "mono"}, text)]))),
    !body ? h("p", {class: "soft"}, "No body.")
      : value !== undefined && typeof value === "object" ? json(value, {open: length.endsWith("MB") ? 1 : 3, label: "Body"}) : h("pre", {tabindex: "0"}, body));
}

const raw = (line, {headers, body}) => `${line}\n${Object.entries(headers).map(([name, text]) => `${name}: ${text}`).join("\n")}\n\n${pretty(body)}`;
