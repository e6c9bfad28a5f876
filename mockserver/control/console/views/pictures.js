/* Pictures: the sizes of audiences over time, who came and went, who the members are, calls and errors per minute. */

import {withQuery} from "../api.js";
import {bars, figure, key, lines, shares} from "../chart.js";
import {append, h, replace} from "../dom.js";
import {moment, number, plural} from "../format.js";
import {empty, field, heading, select} from "../view.js";

export const title = "Pictures";
const DAYS = [[30, "30 days"], [90, "90 days"], [365, "a year"]];
const MOST_LINES = 6;
const MINUTES = 60;

export async function show(root, context) {
  const state = {vendor: context.vendors[0]?.name, audience: "", days: "90", ...Object.fromEntries(context.query)};
  const body = h("div", {class: "plots"});
  const calls = h("div", {});
  const go = change => context.navigate("pictures", {...state, ...change});
  const vendor = select(context.vendors.map(one => [one.name, one.title]), {onchange: () => go({vendor: vendor.value, audience: ""})});
  const audience = select([], {onchange: () => go({audience: audience.value})});
  const days = select(DAYS, {onchange: () => go({days: days.value})});
  append(root, heading("Pictures", "What the audiences of this world have become, day by day on its clock."),
    h("div", {class: "pair"}, field("Vendor", vendor), field("Audience", audience), field("Time", days)), body);
  const draw = async query => {
    Object.assign(state, {audience: "", days: "90"}, Object.fromEntries(query));
    vendor.value = state.vendor;
    days.value = state.days;
    const [{audiences}, history] = await Promise.all([context.api.get(withQuery(context.path("audiences"), {vendor: state.vendor})), historyOf(context, state)]);
    replace(audience, h("option", {value: ""}, `all (${audiences.length})`), audiences.map(one => h("option", {value: one.id}, `${one.name} (${number(one.size)})`)));
    audience.value = state.audience;
    const largest = audiences.toSorted((a, b) => b.size - a.size)[0];
    const chosen = audiences.find(one => one.id === state.audience) ?? largest;
    replace(body, audiences.length ? [sizes(history), flows(history), await makeup(context, chosen)] : empty("No audience", "This vendor has no audience in this world."), calls);
  };
  const drawCalls = async () => replace(calls, await traffic(context));
  await Promise.all([draw(context.query), drawCalls()]);
  let due = null;
  const later = again => () => { due ??= setTimeout(() => { due = null; again().catch(() => null); }, 2000); };
  context.onExchange(later(drawCalls));
  context.onWorld(later(() => draw(new URLSearchParams(state))));
  return {update: draw, stop: () => clearTimeout(due)};
}

const historyOf = (context, {vendor, audience, days}) => context.api.get(withQuery(context.path("history"), {vendor, audience, days}));

const known = list => list.map(value => value ?? 0);

function sizes({days, series}) {
  const first = days.findIndex((_, index) => series.some(one => one.sizes[index] !== null));
  const shown = series.toSorted((a, b) => (b.sizes.at(-1) ?? 0) - (a.sizes.at(-1) ?? 0)).slice(0, MOST_LINES)
    .map(one => ({name: one.name, values: known(one.sizes.slice(first))}));
  const names = days.slice(first);
  const rest = series.length - shown.length;
  return h("div", {}, figure("Size of the audiences", [lines(`Sizes from ${names[0]} to ${names.at(-1)}`, names, shown), key(shown)], ["day", ...shown.map(one => one.name)],
    names.map((name, index) => [name, ...shown.map(one => one.values[index])]).reverse(), rest > 0 ? `the largest ${shown.length}; choose one of the other ${rest} above` : null),
  names.length < 2 && h("p", {class: "soft"}, "This world has lived for a day. Move its clock, or make a world of the scenario showcase, which has a year behind it."));
}

function flows({days, series}) {
  const sum = member => days.map((_, index) => series.reduce((total, one) => total + (one[member][index] ?? 0), 0));
  const [came, went] = [sum("arrivals"), sum("departures")];
  const note = `${number(came.reduce((a, b) => a + b, 0))} came, ${number(went.reduce((a, b) => a + b, 0))} went`;
  return figure("Arrivals and departures", [bars("Arrivals and departures by day", days, came, went), key2("came", "went")], ["day", "came", "went"], days.map((name, index) => [name, came[index], went[index]]).reverse(), note);
}

const key2 = (up, down) => h("ul", {class: "keys"}, h("li", {}, h("i", {class: "cell up"}), up), h("li", {}, h("i", {class: "cell down"}), down));

async function makeup(context, audience) {
  const found = await context.api.get(context.path("audiences", audience.vendor, audience.id));
  const note = () => h("a", {href: context.href("state", {vendor: audience.vendor, collection: audience.collection, id: audience.id})}, `${found.name}: ${plural(found.counted, "member")}`);
  if (!found.counted) return h("div", {class: "card stack"}, h("strong", {}, "Members by country and consent"), note(), h("p", {class: "soft"}, found.size ? "This vendor keeps hashes, not people." : "Nobody is in it."));
  return [["Members by country", found.countries], ["Members by consent", found.consents]].map(([name, counts]) => [name, Object.entries(counts)])
    .filter(([, pairs]) => pairs.length).map(([name, pairs]) => figure(name, shares(pairs, found.counted), [name.replace("Members by ", ""), "members"], pairs, note()));
}

async function traffic(context) {
  const {exchanges} = await context.api.get(withQuery(context.path("journal"), {view: "brief", order: "newest", limit: 1000}));
  if (!exchanges.length) return null;
  const minute = value => Math.floor(Date.parse(value) / 60000);
  const last = minute(exchanges[0].at);
  const counts = Array.from({length: MINUTES}, () => [0, 0]);
  for (const one of exchanges) {
    const at = MINUTES - 1 - (last - minute(one.at));
    if (at >= 0 && at < MINUTES) counts[at][one.verdict === "fine" ? 0 : 1] += 1;
  }
  const names = counts.map((_, index) => moment((last - MINUTES + 1 + index) * 60000).slice(11, 16));
  return figure("Calls and errors per minute", [bars("Calls per minute", names, counts.map(one => one[0]), counts.map(one => one[1])), key2("fine", "refused, struck or wrong")],
    ["minute", "fine", "errors"], names.map((name, index) => [name, ...counts[index]]).filter(([, a, b]) => a || b).reverse(), `the hour up to ${moment(last * 60000).slice(0, 16)} by the world's clock`);
}
