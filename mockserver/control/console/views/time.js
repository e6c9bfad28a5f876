/* Time: the clock of a world, what waits for it on a timeline, and what a move has changed. */

import {tick} from "../chart.js";
import {countBadges, jobList} from "../effects.js";
import {ask, badge, button, date, day, fill, h, heading, line, moment, number, plural, relative, secondsTo, section, soft, span, svg, table, time, words} from "../view.js";

const HORIZONS = [3600, 86400, 8 * 86400, 28 * 86400, 91 * 86400, 364 * 86400]; // seconds
const STEPS = [["+ 1 hour", 3600], ["+ 1 day", 86400, "primary"], ["+ 1 week", 604800]];

export async function show(here) {
  const {get, vendorTitle} = here;
  const [face, result, waiting, log] = [h("p.row.face"), h(".stack"), h(".stack"), h(".stack")];
  const next = button("To the next job", () => move({now: jobs[0].due > clock.now ? jobs[0].due : clock.now}));
  const freeze = button("", () => move({frozen: clock.mode !== "frozen"}));
  let clock, jobs, sizes;

  const readSizes = async () => new Map((await get("audiences")).audiences.map(one => [`${one.vendor}/${one.id}`, one]));

  async function load() {
    sizes ??= await readSizes(); // it also makes the vendors' seed data with their jobs
    const [now, page, {actions}] = await Promise.all([get("clock"), get("jobs", {limit: 200}), get("actions", {limit: 1000})]);
    [clock, jobs] = [now, page.jobs];
    const frozen = clock.mode === "frozen";
    fill(face, h("time", {datetime: clock.now}, time(clock.now)), day(clock.now), badge(clock.mode, frozen && "accent", "UTC, by the world's clock"));
    fill(freeze, frozen ? "Unfreeze" : "Freeze");
    next.disabled = !jobs.length;
    next.title = jobs.length ? `${words(jobs[0].job)}, ${relative(jobs[0].due, clock.now)}` : "No job waits";
    fill(waiting, timeline(jobs, page.waiting, clock.now, vendorTitle));
    fill(log, actions.length > 0 && section("What happened besides calls", h("ul.log", actions.slice(-12).reverse().map(one => h("li", h("time.mono.soft.nowrap", moment(one.at)),
      h("div", `${words(one.operation)} `, one.arguments !== "{}" && h("code.soft", one.arguments), one.jobs_run > 0 && ` ${plural(one.jobs_run, "job")}`, countBadges(one.effect_counts)))))));
  }

  async function move(change) {
    const [before, started] = [sizes, clock.now];
    const done = await here.put("clock", change);
    sizes = await readSizes();
    const changed = [...sizes].map(([key, one]) => ({...one, key, by: one.size - (before.get(key)?.size ?? 0)})).filter(one => one.by).sort((one, other) => Math.abs(other.by) - Math.abs(one.by));
    fill(result, section("What the move has changed", moved(done, started, changed, here)));
    await load();
  }

  const setTo = () => ask("Set the clock", line("Date and time (UTC)", "now", "Jobs that become due run.", {type: "datetime-local", step: 1, value: clock.now.slice(0, 19), required: true}), "Set", ({now}) => move({now: `${now.length === 16 ? `${now}:00` : now}Z`}));

  await load();
  here.onWorld = () => here.soon(400, load);
  return [heading("Time", "Whatever a vendor does later is a job on this clock. Nothing waits for real time."),
    h("section.card.stack", face, here.writes && h(".row", STEPS.map(([label, advance, kind]) => button(label, () => move({advance}), kind)), next, button("Set …", setTo), freeze)), result, waiting, log];
}

const moved = (done, started, audiences, here) => [
  h("p.soft", {role: "status"}, `${span(secondsTo(started, done.now))} passed, ${plural(done.jobs_run, "job")} ran.`),
  audiences.length > 0 && table("Audiences whose size changed", [["Audience", one => one.name], ["Vendor", one => here.vendorTitle(one.vendor)],
    ["Before", one => number(one.size - one.by), "number"], ["Now", one => number(one.size), "number"],
    ["Change", one => h("span.change", {class: one.by > 0 ? "added" : "removed"}, one.by > 0 ? "+" : "−", number(Math.abs(one.by))), "number"]],
  audiences, {key: one => one.key, href: here.record}),
  countBadges(done.effect_counts),
  jobList(done.jobs, here)];

// jobs that wait

function timeline(jobs, waiting, now, vendorTitle) {
  if (!jobs.length) return section("Jobs that wait", soft("No job waits. Vendors schedule them as calls arrive: an import, a build, a night."));
  const after = job => Math.max(0, secondsTo(now, job.due));
  const most = after(jobs.at(jobs.length * .8)), horizon = HORIZONS.find(one => one >= most) ?? most;
  const days = [...Map.groupBy(jobs, job => date(job.due))].slice(0, 14);
  const alike = own => [...Map.groupBy(own, job => `${job.due.slice(0, 19)} ${job.vendor} ${job.job}`).values()];
  return section(`Jobs that wait: ${number(waiting)}`, after(jobs[0]) === 0 && soft("A job that is due runs before the next call to its vendor, or when the clock is moved."), lanes(jobs, after, horizon, vendorTitle),
    days.map(([name, own]) => h("div", h("h3", day(name)), h("ul.log", alike(own).map(([{due, job, vendor}, ...others]) => h("li", h("time.mono", {datetime: due}, time(due)),
      h("span", words(job), h("small", ` ${vendorTitle(vendor)}${others.length ? `, ${number(others.length + 1)} times` : ""}`)), h("small", relative(due, now))))))));
}

/** A lane for each vendor, a dot for each job. The list below it has the same jobs as text. */
function lanes(jobs, after, horizon, vendorTitle) {
  const [width, lane, left] = [720, 26, 8];
  const xOf = share => left + share * (width - 2 * left);
  const byVendor = [...Map.groupBy(jobs, job => job.vendor)];
  const height = byVendor.length * lane + 22;
  return h(".scroll", svg("svg.lanes", {viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${plural(jobs.length, "job")} within ${span(horizon)}, in a lane for each vendor`},
    [0, .25, .5, .75, 1].map(share => { const x = xOf(share); return [svg("line.grid", {x1: x, x2: x, y1: 0, y2: height - 20}), tick(share, x, height - 5, share ? `+${span(share * horizon)}` : "now")]; }),
    byVendor.map(([vendor, own], index) => [tick(0, left + 4, index * lane + 11, vendorTitle(vendor)),
      own.filter(job => after(job) <= horizon).map(job => svg("circle.dot", {cx: xOf(after(job) / horizon), cy: index * lane + 18, r: 4}, svg("title", `${words(job.job)}, ${moment(job.due)}`)))])));
}
