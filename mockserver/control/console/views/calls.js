/* Calls: the exchanges of a world, newest first and live; the search is the address. */

import {connect, countsBrief} from "../effects.js";
import {detail, verdictBadge} from "../exchange.js";
import {a, attempt, button, clip, confirm, dim, duration, empty, fill, h, heading, joined, moment, number, plural, searchForm, split, table, time} from "../view.js";

const PAGE = 100;
const MOST = 300; // rows that the live list keeps
const QUICK = {All: "", Refused: "verdict:refused", Violations: "verdict:violation", Faults: "verdict:fault", Broken: "verdict:broken", Changes: "is:changed"};
const HELP = "vendor: op: status: problem: fault: verdict: path: method: test: is:changed, and free text; a - in front excludes";

const operationOf = one => one.operation ?? h("em", "no operation");
const vendorOf = one => [" ", dim(one.vendor ?? "no vendor")];

export async function show(here) {
  const {get, link, go, amend, soon} = here;
  let {query} = here;
  let newest = 0; // the number of the newest exchange that was read
  let waiting = 0; // calls that came while the reader was further down
  let hidden = 0; // calls to no vendor, such as browsers and scanners make
  let incoming = [];
  let loading = 0;

  const form = searchForm("Search the calls", q => go({q, n: ""}), {main: true, value: query.q, title: HELP, placeholder: "Search: vendor:ortto status:4xx is:changed …   ( / )"});
  const [quick, more, box, grouped] = [h(".row.tight.quick"), h(".row"), h("div"), h("div")];
  const note = h("p.soft", {role: "status"}), toggle = h("a.button");
  const fresh = h("button.button.primary.fresh-calls", {type: "button", hidden: true, onclick: () => { scrollTo(0, 0); attempt(load); }});
  const calls = table("Calls, newest first", [
    ["Verdict", one => [verdictBadge(one.verdict), h("span.offscreen", one.operation ?? one.path)]],
    ["Call", one => [h("span.op", operationOf(one)), vendorOf(one), one.problem && one.verdict !== "fine" && [" ", h("span.problem", one.problem)], h(".mono.soft", `${one.method} ${clip(one.path, 90)}`)]],
    ["Status", one => one.status, "number"],
    ["Changed", one => countsBrief(one.effect_counts), "nowrap aside"],
    ["Time", one => h("time", {datetime: one.at, title: moment(one.at)}, time(one.at)), "nowrap aside"],
    ["Duration", one => duration(one.duration_us), "number nowrap aside"],
  ], [], {key: one => one.number, href: one => link({n: one.number})});
  const parts = split([fresh, box, more], "Call", () => go({n: "", tab: ""}));

  async function load() {
    hidden = waiting = 0;
    incoming = [];
    fresh.hidden = true;
    fill(quick, Object.entries(QUICK).map(([text, q]) => h("a", {href: link({q, n: ""}), "aria-current": (query.q ?? "") === q}, text)));
    const groups = query.group === "errors";
    fill(toggle, groups ? "All calls" : "Group errors");
    toggle.setAttribute("href", link({group: groups ? "" : "errors", n: ""}));
    parts.hidden = groups;
    if (groups) return showGroups();
    fill(grouped);
    loading++;
    const page = await read({limit: PAGE}).finally(() => { loading--; });
    newest = page.last;
    const rows = visible(page.exchanges);
    calls.fill(rows);
    fill(box, rows.length || hidden ? calls : await nothing());
    older(page.next);
    status(page.dropped);
    return choose();
  }

  const read = limits => get("journal", {view: "brief", order: "newest", q: query.q, ...limits});

  function visible(exchanges) {
    if (query.probes || query.q) return exchanges;
    const found = exchanges.filter(one => one.vendor !== null);
    hidden += exchanges.length - found.length;
    return found;
  }

  const status = dropped => fill(note, hidden > 0 && [`${plural(hidden, "call")} to no vendor hidden `, a(link({probes: "1"}), "Show")],
    query.probes && a(link({probes: ""}), "Hide calls to no vendor"), dropped > 0 && ` The journal has dropped ${plural(dropped, "older call")}.`);

  const older = next => fill(more, next && button("Older calls", async () => {
    const page = await read({limit: PAGE, until: next});
    calls.more(visible(page.exchanges));
    older(page.next);
  }));

  async function nothing() {
    if (query.q) return empty("No call fits this search", HELP, a(link({q: ""}), "All calls", "button"));
    return h(".stack", empty("No calls yet", "Send one, and it appears here at once. How to reach each vendor in this world:"), await connect(here));
  }

  here.onExchange(one => {
    incoming.push(one);
    soon(query.q || query.group ? 700 : 120, receive); // a search and a count read the journal
  });
  here.onWorld(({reset}) => {
    if (reset) newest = Infinity; // nothing is new until the list is read anew
    soon(300, load);
  });

  async function receive() {
    if (loading) { soon(120, receive); return; }
    let found = incoming.splice(0).filter(one => one.number > newest).reverse();
    if (!found.length) return;
    if (query.group) { await showGroups(); return; }
    const after = newest;
    newest = found[0].number;
    if (query.q) found = (await read({after, limit: PAGE})).exchanges; // only the server knows what the search finds
    found = visible(found);
    status();
    if (!found.length) return;
    if (!calls.isConnected) { await load(); return; }
    if (scrollY > 150) {
      waiting += found.length;
      fill(fresh, `↑ ${plural(waiting, "new call")}`);
      fresh.hidden = false;
    } else calls.newer(found.slice(0, MOST), MOST);
  }

  async function clear() {
    if (!await confirm("Empty the journal?", `All exchanges of the world “${here.world}” are deleted. Its records stay.`, "Empty the journal")) return;
    await here.remove("journal");
    await amend({n: "", q: ""});
    await load();
  }

  async function showGroups() {
    const {errors} = await get(["journal", "errors"], {q: query.q});
    const terms = one => joined([one.vendor && `vendor:${one.vendor}`, one.operation && `op:${one.operation}`, one.problem ? `problem:${one.problem}` : "-verdict:fine"], " ");
    fill(grouped, errors.length ? table("Errors by vendor, operation and problem", [
      ["Problem", one => [verdictBadge(one.newest.verdict), " ", one.problem ?? one.flaw ?? `answered ${one.newest.status}`]],
      ["Operation", one => [operationOf(one), vendorOf(one)]],
      ["Calls", one => number(one.count), "number"],
      ["Last", one => moment(one.newest.at), "nowrap aside"],
    ], errors, {key: terms, href: one => link({group: "", q: terms(one)})}) : empty("No errors", "Every call was answered as the contract has it."));
  }

  async function choose() {
    const {n} = query, {panel} = parts;
    calls.mark(n);
    if (!n) { parts.close(); return; }
    if (panel.dataset.number === n && !panel.hidden) return;
    panel.dataset.number = n;
    const content = await get(["journal", n]).then(exchange => detail(exchange, here, here.query.tab, tab => amend({tab})), error => empty("This call is not in the journal", error.message));
    if (query.n === n) parts.open(content);
    if (!matchMedia("(min-width: 62rem)").matches) panel.focus();
  }

  await load();
  here.update = async next => {
    const before = query;
    query = next;
    form.querySelector("input").value = query.q ?? "";
    await (["q", "group", "probes"].some(name => before[name] !== next[name]) ? load() : choose());
  };
  return [heading("Calls", null, toggle, here.writes && button("Clear", clear, "danger", {title: "Empty the journal of this world"})),
    h(".stack", form, h(".row.spread", quick, note)), grouped, parts];
}
