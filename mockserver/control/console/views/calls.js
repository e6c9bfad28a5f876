/* Calls: the exchanges of a world, newest first and live; the search is the address. */

import {connect, countsBrief} from "../effects.js";
import {detail, verdictBadge} from "../exchange.js";
import {a, asking, attempt, button, clip, dim, duration, empty, fill, h, heading, joined, moment, number, plural, searchForm, split, table, time} from "../view.js";

const PAGE = 100;
const MOST = 300; // rows that the live list keeps
const QUICK = {All: "", Refused: "verdict:refused", Violations: "verdict:violation", Faults: "verdict:fault", Broken: "verdict:broken", Changes: "is:changed"};
const HELP = "vendor: op: status: problem: fault: verdict: path: method: test: is:changed, and free text; a - in front excludes";

const operationOf = one => one.operation ?? h("em", "no operation");
const vendorOf = one => [" ", dim(one.vendor ?? "no vendor")];

export async function show(here) {
  const {link, query: {q = "", group}} = here;
  const note = h("p.soft", {role: "status"});
  const clear = async () => { await here.remove("journal"); await here.navigate("calls"); };
  return [heading("Calls", null, a(link({group: group ? "" : "errors", n: ""}), group ? "All calls" : "Group errors", "button"),
    here.writes && asking("Clear", "Empty the journal?", `All exchanges of the world “${here.world}” are deleted. Its records stay.`, clear)),
  h(".stack", searchForm("Search the calls", text => here.go({q: text, n: ""}), {value: q, title: HELP, placeholder: "Search: vendor:ortto status:4xx is:changed …   ( / )"}),
    h(".row.spread", h(".row.snug.quick", Object.entries(QUICK).map(([text, search]) => h("a", {href: link({q: search, n: ""}), "aria-current": search === q}, text))), note)),
  await (group ? errors(here) : list(here, note))];
}

async function list(here, note) {
  const {get, link, soon, query: {q, probes}} = here;
  let newest = 0; // the number of the newest exchange that was read
  let waiting = 0; // calls that came while the reader was further down
  let hidden = 0; // calls to no vendor, such as browsers and scanners make
  let incoming = [];
  let loading = false;

  const [more, box] = [h(".row"), h("div")];
  const fresh = h("button.button.primary.fresh-calls", {type: "button", onclick: () => { scrollTo(0, 0); attempt(load); }});
  const calls = table("Calls, newest first", [
    ["Verdict", one => [verdictBadge(one.verdict), h("span.offscreen", one.operation ?? one.path)]],
    ["Call", one => [h("span.op", operationOf(one)), vendorOf(one), one.problem && one.verdict !== "fine" && [" ", h("span.problem", one.problem)], h(".mono.soft", `${one.method} ${clip(one.path, 90)}`)]],
    ["Status", one => one.status, "number"],
    ["Changed", one => countsBrief(one.effect_counts), "nowrap aside"],
    ["Time", one => h("time", {datetime: one.at, title: moment(one.at)}, time(one.at)), "nowrap aside"],
    ["Duration", one => duration(one.duration_us), "number nowrap aside"],
  ], [], {key: one => one.number, href: one => link({n: one.number, tab: ""})});

  const read = limits => get("journal", {view: "brief", order: "newest", limit: PAGE, q, ...limits});

  async function load() {
    [hidden, waiting, incoming, fresh.hidden, loading] = [0, 0, [], true, true];
    const page = await read().finally(() => { loading = false; });
    newest = page.last;
    const rows = visible(page.exchanges);
    calls.fill(rows);
    calls.mark(here.query.n);
    fill(box, rows.length || hidden ? calls : await nothing());
    older(page.next);
    status(page.dropped);
  }

  function visible(exchanges) {
    if (probes || q) return exchanges;
    const found = exchanges.filter(one => one.vendor !== null);
    hidden += exchanges.length - found.length;
    return found;
  }

  const status = dropped => fill(note, hidden > 0 && [`${plural(hidden, "call")} to no vendor hidden `, a(link({probes: "1"}), "Show")],
    probes && a(link({probes: ""}), "Hide calls to no vendor"), dropped > 0 && ` The journal has dropped ${plural(dropped, "older call")}.`);

  const older = until => fill(more, until && button("Older calls", async () => {
    const page = await read({until});
    calls.more(visible(page.exchanges));
    older(page.next);
  }));

  async function nothing() {
    if (q) return empty("No call fits this search", HELP, a(link({q: ""}), "All calls", "button"));
    return h(".stack", empty("No calls yet", "Send one, and it appears here at once. How to reach each vendor in this world:"), await connect(here));
  }

  here.onExchange = one => {
    incoming.push(one);
    soon(q ? 700 : 120, receive); // a search reads the journal
  };
  here.onWorld = ({reset}) => {
    if (reset) newest = Infinity; // nothing is new until the list is read anew
    soon(300, load);
  };

  async function receive() {
    if (loading) return soon(120, receive);
    let found = incoming.splice(0).filter(one => one.number > newest).reverse();
    if (!found.length) return null;
    const after = newest;
    newest = found[0].number;
    if (q) found = (await read({after})).exchanges; // only the server knows what the search finds
    found = visible(found);
    status();
    if (!calls.isConnected) return found.length && load();
    if (scrollY <= 150) return calls.newer(found.slice(0, MOST), MOST);
    waiting += found.length;
    fresh.hidden = !waiting;
    return fill(fresh, `↑ ${plural(waiting, "new call")}`);
  }

  await load();
  return split(here, "n", "Call", [fresh, box, more], calls, async n => detail(await get(["journal", n]), here, here));
}

async function errors(here) {
  const {get, link, soon, query: {q}} = here;
  const box = h("div");
  const terms = one => joined([one.vendor && `vendor:${one.vendor}`, one.operation && `op:${one.operation}`, one.problem ? `problem:${one.problem}` : "-verdict:fine"], " ");
  const load = async () => {
    const {errors: found} = await get(["journal", "errors"], {q});
    fill(box, found.length ? table("Errors by vendor, operation and problem", [
      ["Problem", one => [verdictBadge(one.newest.verdict), " ", one.problem ?? one.flaw ?? `answered ${one.newest.status}`]],
      ["Operation", one => [operationOf(one), vendorOf(one)]],
      ["Calls", one => number(one.count), "number"],
      ["Last", one => moment(one.newest.at), "nowrap aside"],
    ], found, {key: terms, href: one => link({group: "", q: terms(one)})}) : empty("No errors", "Every call was answered as the contract has it."));
  };
  here.onExchange = here.onWorld = () => soon(700, load);
  await load();
  return box;
}
