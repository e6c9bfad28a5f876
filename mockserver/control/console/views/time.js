/* Time: the clock of a world, what waits for it on a timeline, and what a move has changed. */

import {withQuery} from "../api.js";
import {append, h, replace, svg} from "../dom.js";
import {countBadges, effectList} from "../effects.js";
import {date, day, moment, number, plural, relative, span, time, words} from "../format.js";
import {ask, badge, button, heading, section, table} from "../view.js";

export const title = "Time";
const MOST_JOBS = 200;
const HORIZONS = [3600, 86400, 8 * 86400, 28 * 86400, 364 * 86400]; // seconds

export async function show(root, context) {
  const {api, path, role} = context;
  const parts = Object.fromEntries(["face", "moves", "result", "jobs", "log"].map(name => [name, h("div", {class: "stack"})]));
  let clock, jobs, sizes;

  async function load() {
    let page;
    sizes ??= await audienceSizes(context); // it also makes the vendors' seed data with their jobs
    [clock, page] = await Promise.all([api.get(path("clock")), api.get(withQuery(path("jobs"), {limit: MOST_JOBS}))]);
    jobs = page.jobs;
    drawFace();
    replace(parts.jobs, timeline(jobs, page.waiting, clock.now, context));
    const {actions} = await api.get(withQuery(path("actions"), {limit: 1000}));
    replace(parts.log, log(actions.slice(-12).reverse()));
  }

  function drawFace() {
    const frozen = clock.mode === "frozen";
    replace(parts.face, h("p", {class: "face"}, h("span", {}, day(clock.now)), h("time", {datetime: clock.now}, time(clock.now)), badge(frozen ? "frozen" : clock.mode, frozen ? "accent" : null, "UTC, by the world's clock")));
    if (role === "viewer") return;
    const next = jobs[0];
    replace(parts.moves, h("div", {class: "row"},
      button("+ 1 hour", () => move({advance: 3600})), button("+ 1 day", () => move({advance: 86400}), {kind: "primary"}), button("+ 1 week", () => move({advance: 604800})),
      next && button("To the next job", () => move({now: next.due > clock.now ? next.due : clock.now}), {title: `${words(next.job)}, ${relative(next.due, clock.now)}`}),
      button("Set …", setTo), button(frozen ? "Unfreeze" : "Freeze", () => move({frozen: !frozen}))));
  }

  async function move(change) {
    const [before, started] = [sizes, clock.now];
    const done = await api.put(path("clock"), change);
    sizes = await audienceSizes(context);
    replace(parts.result, section("What the move has changed", moved(done, started, changed(before, sizes, context), context)));
    await Promise.all([load(), context.refreshFrame()]);
  }

  const setTo = () => ask("Set the clock", [{name: "now", label: "Date and time (UTC)", value: clock.now.slice(0, 19), required: true, pattern: "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d)?", hint: "2026-01-31T09:00:00; jobs that become due run"}],
    "Set", ({now}) => move({now: `${now.length === 16 ? `${now}:00` : now}Z`}));

  append(root, heading("Time", "Whatever a vendor does later is a job on this clock. Nothing waits for real time."),
    h("section", {class: "card stack"}, parts.face, parts.moves), parts.result, parts.jobs, parts.log);
  await load();
  let due = null;
  context.onWorld(() => { clearTimeout(due); due = setTimeout(() => load().catch(() => null), 400); });
  return () => clearTimeout(due);
}

// --- what a move has changed -----------------------------------------------------------------------------------------

/** The audiences of every vendor with their sizes. */
async function audienceSizes({api, path}) {
  const {audiences} = await api.get(path("audiences"));
  return new Map(audiences.map(one => [`${one.vendor}/${one.id}`, one]));
}

const changed = (before, after) => [...after].map(([key, one]) => ({...one, before: before.get(key)?.size ?? 0}))
  .filter(one => one.before !== one.size).sort((a, b) => Math.abs(b.size - b.before) - Math.abs(a.size - a.before));

function moved(done, started, audiences, context) {
  const href = one => context.href("state", {vendor: one.vendor, collection: one.collection, id: one.id});
  const sign = n => h("span", {class: ["change", n > 0 ? "added" : "removed"]}, n > 0 ? `+${number(n)}` : `−${number(-n)}`);
  return [h("p", {class: "soft", role: "status"}, `${span((Date.parse(done.now) - Date.parse(started)) / 1000)} passed, ${plural(done.jobs_run, "job")} ran.`),
    audiences.length > 0 && h("div", {class: "scroll"}, table({caption: "Audiences whose size changed", rows: audiences, key: one => `${one.vendor}/${one.id}`, href, columns: [
      {title: "Audience", cell: one => one.name}, {title: "Vendor", cell: one => context.vendorTitle(one.vendor)}, {title: "Before", class: "number", cell: one => number(one.before)},
      {title: "Now", class: "number", cell: one => number(one.size)}, {title: "Change", class: "number", cell: one => sign(one.size - one.before)}]}).element),
    countBadges(done.effect_counts), done.jobs.map(job => jobRun(job, href, context))];
}

const jobRun = (job, href, context) => h("details", {class: "run"}, h("summary", {}, `${words(job.job)} `, h("span", {class: "soft"}, `${context.vendorTitle(job.vendor)}, ${moment(job.due)}`)),
  countBadges(job.effect_counts), effectList(job.effects, {href: one => one.change === "removed" ? null : href(one)}));

// --- jobs that wait ------------------------------------------------------------------------------------------------

function timeline(jobs, waiting, now, context) {
  if (!jobs.length) return section("Jobs that wait", h("p", {class: "soft"}, "No job waits. Vendors schedule them as calls arrive: an import, a build, a night."));
  const start = Date.parse(now);
  const after = job => Math.max(0, (Date.parse(job.due) - start) / 1000);
  const far = after(jobs.at(Math.floor(jobs.length * .8)));
  const horizon = HORIZONS.find(one => one >= far) ?? far;
  const lanes = [...new Set(jobs.map(job => job.vendor))];
  const groups = Map.groupBy(jobs, job => date(job.due));
  return section(`Jobs that wait: ${number(waiting)}`, lanesOf(jobs.filter(job => after(job) <= horizon), lanes, after, horizon, context),
    h("div", {class: "stack"}, [...groups].slice(0, 14).map(([name, own]) => h("div", {class: "day"}, h("h3", {}, day(name)),
      h("ul", {}, alike(own).map(([job, count]) => h("li", {}, h("time", {class: "mono", datetime: job.due}, time(job.due)),
        h("span", {}, words(job.job), h("small", {}, ` ${context.vendorTitle(job.vendor)}${count > 1 ? `, ${number(count)} times` : ""}`)), h("small", {}, relative(job.due, now)))))))));
}

/** The jobs, those of the same kind and time once, with their number. */
const alike = jobs => [...Map.groupBy(jobs, job => `${job.due.slice(0, 19)} ${job.vendor} ${job.job}`).values()].map(own => [own[0], own.length]);

/** A lane for each vendor, a dot for each job. The list below it has the same jobs as text. */
function lanesOf(jobs, lanes, after, horizon, context) {
  const [width, lane, left] = [720, 26, 8];
  const x = seconds => left + seconds / horizon * (width - 2 * left);
  const height = lanes.length * lane + 22;
  const ticks = [0, .25, .5, .75, 1];
  return h("div", {class: "scroll"}, svg("svg", {viewBox: `0 0 ${width} ${height}`, class: "lanes", role: "img", "aria-label": `${plural(jobs.length, "job")} within ${span(horizon)}, in a lane for each vendor`},
    ticks.map(share => [svg("line", {x1: x(share * horizon), x2: x(share * horizon), y1: 0, y2: height - 20, class: "grid"}),
      svg("text", {x: x(share * horizon), y: height - 5, "text-anchor": share === 0 ? "start" : share === 1 ? "end" : "middle"}, share ? `+${span(share * horizon)}` : "now")]),
    lanes.map((vendor, index) => [svg("text", {x: left + 4, y: index * lane + 11, class: "name"}, context.vendorTitle(vendor)),
      jobs.filter(job => job.vendor === vendor).map(job => svg("circle", {cx: x(after(job)), cy: index * lane + 18, r: 4}, svg("title", {}, `${words(job.job)}, ${moment(job.due)}`)))])));
}

const log = actions => actions.length > 0 && section("What happened besides calls", h("ul", {class: "log"}, actions.map(one => h("li", {}, h("time", {class: "mono soft nowrap"}, moment(one.at)),
  h("div", {}, `${words(one.operation)} `, h("code", {class: "soft"}, one.arguments === "{}" ? "" : one.arguments), one.jobs_run > 0 && ` ${plural(one.jobs_run, "job")}`, countBadges(one.effect_counts))))));
