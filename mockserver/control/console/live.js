/* The live connection to the journal of a world: a stream, or long polling where the server cannot stream. */

import {path, request, withQuery} from "./api.js";

const RETRY = [500, 1000, 2000, 5000];
const sleep = (ms, signal) => new Promise(resolve => {
  const timer = setTimeout(resolve, ms);
  signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, {once: true});
});

/** Follows a world from now on, until `stop()`. `on`: `exchange(brief)`, `world(data)`, `gap(data)`, `state(text)` with
 * live, polling or offline. Entries come once each and in order: after a break it goes on after the last number. */
export function follow(world, on) {
  const control = new AbortController();
  run(world, on, control.signal).catch(error => { if (error.name !== "AbortError") console.error(error); });
  return {stop: () => control.abort()};
}

async function run(world, on, signal) {
  const journal = `${path("worlds", world)}/journal`;
  const state = {last: null, streams: true};
  for (let failures = 0; !signal.aborted;) {
    try {
      state.last ??= (await get(`${journal}?limit=1&after=9007199254740990`, signal)).last;
      await (state.streams ? stream : poll)(journal, state, on, signal, () => { failures = 0; });
    } catch (error) {
      if (error.name === "AbortError") return;
      if (state.streams && [400, 404, 405, 501].includes(error.status)) { state.streams = false; continue; }
      if (error.status === 404) { on.state("gone"); return; }
      on.state("offline");
      await sleep(RETRY[Math.min(failures++, RETRY.length - 1)], signal);
    }
  }
}

const get = async (address, signal) => (await request("GET", address, {signal})).json();

async function stream(journal, state, on, signal, connected) {
  const reply = await request("GET", withQuery(`${journal}/stream`, {after: state.last}), {signal, headers: {Accept: "text/event-stream"}});
  connected();
  on.state("live");
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ""; ;) {
    const {value, done} = await reader.read();
    if (done) return;
    const blocks = (rest + value).split(/\r?\n\r?\n/);
    rest = blocks.pop();
    for (const block of blocks) receive(event(block), state, on);
  }
}

function event(block) {
  const found = {event: "message", data: ""};
  for (const line of block.split(/\r?\n/)) {
    const [, name, value] = /^([a-z]+): ?(.*)$/.exec(line) ?? [];
    if (name) found[name] = name === "data" && found.data ? `${found.data}\n${value}` : value;
  }
  return found;
}

function receive({event: kind, data}, state, on) {
  if (!data) return;
  const content = JSON.parse(data);
  if (kind === "exchange") exchange(content, state, on);
  else if (kind === "world") on.world(content);
  else if (kind === "gap") on.gap(content);
}

function exchange(brief, state, on) {
  if (brief.number <= state.last) return;
  state.last = brief.number;
  on.exchange(brief);
}

async function poll(journal, state, on, signal, connected) {
  const page = await get(withQuery(journal, {after: state.last, limit: 200}), signal);
  connected();
  on.state("polling");
  if (page.dropped) on.gap({dropped: page.dropped});
  if (page.last < state.last) { state.last = page.last; on.world({}); return; } // the world was reset
  for (const one of page.exchanges) exchange(toBrief(one), state, on);
  if (page.next === null) await sleep(1000, signal);
}

/** An exchange of the journal in brief, as the stream sends it. */
export function toBrief(one) {
  if (!one.call) return one;
  return {number: one.number, at: one.at, vendor: one.vendor, operation: one.operation, method: one.call.method,
    path: one.call.path, status: one.reply.status, verdict: verdict(one), problem: one.problem, flaw: one.flaw,
    fault: one.fault?.kind ?? null, duration_us: one.duration_us, effect_counts: one.effect_counts};
}

function verdict(one) {
  if (one.flaw === "broken_promise") return "broken";
  if (one.fault) return "fault";
  if (one.flaw || one.violations.some(violation => violation.side === "call")) return "violation";
  return one.problem || one.reply.status >= 400 ? "refused" : "fine";
}
