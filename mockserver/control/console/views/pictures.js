/* Pictures: the sizes of audiences over time, who came and went, who the members are, calls and errors per minute. */

import {bars, figure, lines, shares} from "../chart.js";
import {a, empty, fill, h, heading, moment, number, plural, soft} from "../view.js";

const DAYS = [[365, "a year"], [90, "90 days"], [30, "30 days"]];
const MOST_LINES = 6;
const MINUTES = 60;

export async function show(here) {
  const {get, pick, soon, query: {vendor = here.vendors[0]?.name, audience, days = DAYS[0][0]}} = here;
  const [{audiences}, history] = await Promise.all([get("audiences", {vendor}), get("history", {vendor, audience, days})]);
  const [largest] = audiences.toSorted((one, other) => other.size - one.size);
  const calls = h("div"), drawCalls = async () => { fill(calls, await traffic(here)); };
  here.onExchange = () => soon(2000, drawCalls);
  here.onWorld = () => soon(2000, here.redraw);
  await drawCalls();
  return [heading("Pictures", "What the audiences of this world have become, day by day on its clock."),
    h(".cards.pair", pick("Vendor", "vendor", here.vendorNames, {audience: ""}),
      pick("Audience", "audience", [["", `all (${audiences.length})`], ...audiences.map(one => [one.id, `${one.name} (${number(one.size)})`])]), pick("Time", "days", DAYS)),
    h(".cards.plots", largest ? [sizes(history), flows(history), await makeup(here, audiences.find(one => one.id === audience) ?? largest)]
      : empty("No audience", "This vendor has no audience in this world."), calls)];
}

const sum = list => list.reduce((total, one) => total + one, 0);

function sizes({days, series}) {
  const first = days.findIndex((_, at) => series.some(one => one.sizes[at] !== null));
  const names = days.slice(first);
  const shown = series.map(one => ({name: one.name, values: one.sizes.slice(first).map(size => size ?? 0)})).sort((one, other) => other.values.at(-1) - one.values.at(-1)).slice(0, MOST_LINES);
  const rest = series.length - shown.length;
  return h("div", figure("Size of the audiences", lines, "day", names, shown, rest > 0 && `the largest ${shown.length}; choose one of the other ${rest} above`),
    names.length < 2 && soft("This world is a day old. Move its clock, or make one of the scenario showcase, with a year behind it."));
}

function flows({days, series}) {
  const total = member => days.map((_, at) => sum(series.map(one => one[member][at] ?? 0)));
  const [came, went] = [total("arrivals"), total("departures")];
  return figure("Arrivals and departures", bars, "day", days, [{name: "came", values: came}, {name: "went", values: went}], `${number(sum(came))} came, ${number(sum(went))} went`);
}

async function makeup(here, audience) {
  const found = await here.get(["audiences", audience.vendor, audience.id]);
  const card = (title, content) => h(".card.stack", h("strong", title), a(here.record(audience), `${found.name}: ${plural(found.counted || found.size, "member")}`), content);
  if (!found.counted) return card("Members by country and consent", soft(found.size ? "This vendor keeps hashes, not people." : "Nobody is in it."));
  return Object.entries({country: found.countries, consent: found.consents}).map(([name, counts]) => [name, Object.entries(counts)]).filter(([, pairs]) => pairs.length)
    .map(([name, pairs]) => card(`Members by ${name}`, shares(pairs, found.counted)));
}

async function traffic({get}) {
  const {exchanges} = await get("journal", {view: "brief", order: "newest", limit: 1000});
  if (!exchanges.length) return null;
  const minute = value => Math.floor(Date.parse(value) / 60000);
  const last = minute(exchanges[0].at), first = last - MINUTES + 1;
  const names = Array.from({length: MINUTES}, (_, at) => moment((first + at) * 60000).slice(11, 16));
  const series = ["fine", "refused, struck or wrong"].map(name => ({name, values: Array(MINUTES).fill(0)}));
  for (const {at, verdict} of exchanges) if (minute(at) >= first) series[verdict === "fine" ? 0 : 1].values[minute(at) - first] += 1;
  return figure("Calls and errors per minute", bars, "minute", names, series, `the hour up to ${moment(last * 60000).slice(0, 16)} by the world's clock`);
}
