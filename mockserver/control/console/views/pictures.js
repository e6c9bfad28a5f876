/* Pictures: the sizes of audiences over time, who came and went, who the members are, calls and errors per minute. */

import {bars, figure, key, lines, shares} from "../chart.js";
import {a, empty, field, fill, h, heading, moment, number, options, plural, select, soft} from "../view.js";

const DAYS = [[30, "30 days"], [90, "90 days"], [365, "a year"]];
const MOST_LINES = 6;
const MINUTES = 60;

export async function show(here) {
  const {get, go, soon} = here;
  const [body, calls] = [h(".cards.plots"), h("div")];
  const vendor = here.vendorPicker(null, name => go({vendor: name, audience: ""}));
  const audience = select([], {onchange: id => go({audience: id})});
  const days = select(DAYS, {onchange: value => go({days: value})});
  const draw = async () => {
    const chosen = {vendor: here.vendors[0]?.name, audience: "", days: "90", ...here.query};
    const [{audiences}, history] = await Promise.all([get("audiences", {vendor: chosen.vendor}), get("history", chosen)]);
    fill(audience, options([["", `all (${audiences.length})`], ...audiences.map(one => [one.id, `${one.name} (${number(one.size)})`])]));
    [vendor.value, audience.value, days.value] = [chosen.vendor, chosen.audience, chosen.days];
    const [largest] = audiences.toSorted((one, other) => other.size - one.size);
    fill(body, largest ? [sizes(history), flows(history), await makeup(here, audiences.find(one => one.id === chosen.audience) ?? largest)] : empty("No audience", "This vendor has no audience in this world."), calls);
  };
  const drawCalls = async () => { fill(calls, await traffic(here)); };
  here.update = draw;
  here.onExchange(() => soon(2000, drawCalls));
  here.onWorld(() => soon(2000, draw));
  await Promise.all([draw(), drawCalls()]);
  return [heading("Pictures", "What the audiences of this world have become, day by day on its clock."), h(".cards.pair", field("Vendor", vendor), field("Audience", audience), field("Time", days)), body];
}

const sum = list => list.reduce((total, one) => total + one, 0);

function sizes({days, series}) {
  const first = days.findIndex((_, index) => series.some(one => one.sizes[index] !== null));
  const names = days.slice(first);
  const shown = series.map(one => ({name: one.name, values: one.sizes.slice(first).map(value => value ?? 0)})).sort((one, other) => other.values.at(-1) - one.values.at(-1)).slice(0, MOST_LINES);
  const rest = series.length - shown.length;
  return h("div", figure("Size of the audiences", [lines(`Sizes from ${names[0]} to ${names.at(-1)}`, names, shown), key(shown.map((one, index) => [`c${index}`, one.name]))], ["day", ...shown.map(one => one.name)],
    names.map((name, index) => [name, ...shown.map(one => one.values[index])]).reverse(), rest > 0 && `the largest ${shown.length}; choose one of the other ${rest} above`),
  names.length < 2 && soft("This world is a day old. Move its clock, or make a world of the scenario showcase, which has a year behind it."));
}

/** Two numbers at each of the names as bars; the table has those that are not 0. */
const pair = (caption, names, [up, ups], [down, downs], head, note) => figure(caption, [bars(caption, names, ups, downs), key([["up", up], ["down", down]])], [head, up, down],
  names.map((name, index) => [name, ups[index], downs[index]]).filter(([, ...both]) => sum(both)).reverse(), note);

function flows({days, series}) {
  const [came, went] = ["arrivals", "departures"].map(member => days.map((_, index) => sum(series.map(one => one[member][index] ?? 0))));
  return pair("Arrivals and departures", days, ["came", came], ["went", went], "day", `${number(sum(came))} came, ${number(sum(went))} went`);
}

async function makeup(here, audience) {
  const found = await here.get(["audiences", audience.vendor, audience.id]);
  const note = () => a(here.record(audience), `${found.name}: ${plural(found.counted || found.size, "member")}`);
  if (!found.counted) return h(".card.stack", h("strong", "Members by country and consent"), note(), soft(found.size ? "This vendor keeps hashes, not people." : "Nobody is in it."));
  return Object.entries({country: found.countries, consent: found.consents}).map(([name, counts]) => [name, Object.entries(counts)]).filter(([, pairs]) => pairs.length)
    .map(([name, pairs]) => figure(`Members by ${name}`, shares(pairs, found.counted), [name, "members"], pairs, note()));
}

async function traffic({get}) {
  const {exchanges} = await get("journal", {view: "brief", order: "newest", limit: 1000});
  if (!exchanges.length) return null;
  const minute = value => Math.floor(Date.parse(value) / 60000);
  const last = minute(exchanges[0].at), first = last - MINUTES + 1;
  const [fine, errors] = [[], []].map(() => Array(MINUTES).fill(0));
  for (const {at, verdict} of exchanges) if (minute(at) >= first) (verdict === "fine" ? fine : errors)[minute(at) - first] += 1;
  const names = fine.map((_, index) => moment((first + index) * 60000).slice(11, 16));
  return pair("Calls and errors per minute", names, ["fine", fine], ["refused, struck or wrong", errors], "minute", `the hour up to ${moment(last * 60000).slice(0, 16)} by the world's clock`);
}
