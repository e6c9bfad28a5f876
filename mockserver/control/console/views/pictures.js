/* Pictures: the sizes of audiences over time, who came and went, who the members are, calls and errors per minute. */

import {bars, figure, key, lines, shares} from "../chart.js";
import {append, h, replace} from "../dom.js";
import {moment, number, plural} from "../format.js";
import {empty, field, heading, options, select, soft} from "../view.js";

export const title = "Pictures";
const DAYS = [[30, "30 days"], [90, "90 days"], [365, "a year"]];
const MOST_LINES = 6;
const MINUTES = 60;

export async function show(root, context) {
  const {get, go} = context;
  const [body, calls] = [h(".plots"), h("div")];
  const vendor = context.vendorPicker(null, name => go({vendor: name, audience: ""}));
  const audience = select([], {onchange: id => go({audience: id})});
  const days = select(DAYS, {onchange: value => go({days: value})});
  append(root, heading("Pictures", "What the audiences of this world have become, day by day on its clock."), h(".pair", field("Vendor", vendor), field("Audience", audience), field("Time", days)), body);
  const draw = async () => {
    const chosen = {vendor: context.vendors[0]?.name, audience: "", days: "90", ...context.query};
    const [{audiences}, history] = await Promise.all([get("audiences", {vendor: chosen.vendor}), get("history", chosen)]);
    replace(audience, options([["", `all (${audiences.length})`], ...audiences.map(one => [one.id, `${one.name} (${number(one.size)})`])]));
    [vendor.value, audience.value, days.value] = [chosen.vendor, chosen.audience, chosen.days];
    const [largest] = audiences.toSorted((a, b) => b.size - a.size);
    replace(body, largest ? [sizes(history), flows(history), await makeup(context, audiences.find(one => one.id === chosen.audience) ?? largest)] : empty("No audience", "This vendor has no audience in this world."), calls);
  };
  const drawCalls = async () => replace(calls, await traffic(context));
  context.update = draw;
  await Promise.all([draw(), drawCalls()]);
  let due = null;
  const later = again => () => { due ??= setTimeout(() => { due = null; again().catch(() => null); }, 2000); };
  context.onExchange(later(drawCalls));
  context.onWorld(later(draw));
  return () => clearTimeout(due);
}

function sizes({days, series}) {
  const first = days.findIndex((_, index) => series.some(one => one.sizes[index] !== null));
  const names = days.slice(first);
  const shown = series.toSorted((a, b) => (b.sizes.at(-1) ?? 0) - (a.sizes.at(-1) ?? 0)).slice(0, MOST_LINES).map(one => ({name: one.name, values: one.sizes.slice(first).map(value => value ?? 0)}));
  const rest = series.length - shown.length;
  return h("div", figure("Size of the audiences", [lines(`Sizes from ${names[0]} to ${names.at(-1)}`, names, shown), key(shown.map((one, index) => [`c${index}`, one.name]))], ["day", ...shown.map(one => one.name)],
    names.map((name, index) => [name, ...shown.map(one => one.values[index])]).reverse(), rest > 0 && `the largest ${shown.length}; choose one of the other ${rest} above`),
  names.length < 2 && soft("This world has lived for a day. Move its clock, or make a world of the scenario showcase, which has a year behind it."));
}

/** Two numbers at each of the names as bars. */
const pair = (caption, names, [up, ups], [down, downs], head, rows, note) =>
  figure(caption, [bars(caption, names, ups, downs), key([["up", up], ["down", down]])], head, rows, note);

function flows({days, series}) {
  const [came, went] = ["arrivals", "departures"].map(member => days.map((_, index) => series.reduce((total, one) => total + (one[member][index] ?? 0), 0)));
  const [all, gone] = [came, went].map(list => number(list.reduce((a, b) => a + b, 0)));
  return pair("Arrivals and departures", days, ["came", came], ["went", went], ["day", "came", "went"], days.map((name, index) => [name, came[index], went[index]]).reverse(), `${all} came, ${gone} went`);
}

async function makeup(context, audience) {
  const found = await context.get(["audiences", audience.vendor, audience.id]);
  const note = () => h("a", {href: context.record(audience)}, `${found.name}: ${plural(found.counted || found.size, "member")}`);
  if (!found.counted) return h(".card.stack", h("strong", "Members by country and consent"), note(), soft(found.size ? "This vendor keeps hashes, not people." : "Nobody is in it."));
  return [["country", found.countries], ["consent", found.consents]].map(([name, counts]) => [name, Object.entries(counts)]).filter(([, pairs]) => pairs.length)
    .map(([name, pairs]) => figure(`Members by ${name}`, shares(pairs, found.counted), [name, "members"], pairs, note()));
}

async function traffic({get}) {
  const {exchanges} = await get("journal", {view: "brief", order: "newest", limit: 1000});
  if (!exchanges.length) return null;
  const minute = value => Math.floor(Date.parse(value) / 60000);
  const last = minute(exchanges[0].at);
  const counts = Array.from({length: MINUTES}, () => [0, 0]);
  for (const one of exchanges) {
    const at = MINUTES - 1 - (last - minute(one.at));
    if (at >= 0) counts[at][one.verdict === "fine" ? 0 : 1] += 1;
  }
  const names = counts.map((_, index) => moment((last - MINUTES + 1 + index) * 60000).slice(11, 16));
  return pair("Calls and errors per minute", names, ["fine", counts.map(one => one[0])], ["refused, struck or wrong", counts.map(one => one[1])], ["minute", "fine", "errors"],
    names.map((name, index) => [name, ...counts[index]]).filter(([, a, b]) => a || b).reverse(), `the hour up to ${moment(last * 60000).slice(0, 16)} by the world's clock`);
}
