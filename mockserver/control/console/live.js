/* The live connection to the journal of a world: a stream, or long polling where the server cannot stream. */

import {path, request, withQuery} from "./api.js";

const RETRY = [500, 1000, 2000, 5000];
const sleep = (ms, signal) => new Promise(resolve => {
  const timer = setTimeout(resolve, ms);
  signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, {once: true});
});

/** Follows a world until `stop()`, from the exchange on that is the newest when `ready` is fulfilled. `on`:
 * `exchange(brief)`, `world({reset, …})`, `gap(data)`, `state(name)` with live, polling, offline or gone. Exchanges come
 * once each and in order; after a break it goes on after the last one. */
export function follow(world, on) {
  const control = new AbortController();
  const journal = `${path("worlds", world)}/journal`;
  const state = {last: null, begun: null, version: null};
  const begin = async () => Object.assign(state, at(await get(withQuery(journal, {view: "brief", order: "newest", limit: 1}), control.signal)));
  const ready = begin().catch(() => null);
  ready.then(() => run(journal, state, begin, on, control.signal));
  return {ready, stop: () => control.abort()};
}

const at = ({last, begun, version}) => ({last, begun, version});
const get = async (address, signal) => (await request("GET", address, {signal})).json();

/** A signal that is given when the page is hidden: a browser has six connections to a server for all of its tabs. */
function hiding(signal) {
  const control = new AbortController();
  const check = event => { if (document.hidden || event?.type === "pagehide") control.abort(); };
  for (const [target, name] of [[document, "visibilitychange"], [window, "pagehide"]]) target.addEventListener(name, check, {signal: control.signal});
  check();
  return AbortSignal.any([signal, control.signal]);
}

/** Waits while the page is hidden. */
function shown(signal) {
  if (!document.hidden) return null;
  return new Promise(resolve => {
    const done = new AbortController();
    const check = () => { if (!document.hidden || signal.aborted) { done.abort(); resolve(); } };
    for (const [target, name] of [[document, "visibilitychange"], [signal, "abort"]]) target.addEventListener(name, check, {signal: done.signal});
  });
}

async function run(journal, state, begin, on, signal) {
  let next = stream;
  for (let failures = 0; !signal.aborted;) {
    await shown(signal);
    const open = hiding(signal);
    try {
      if (state.last === null) await begin();
      await next(journal, state, on, open, () => { failures = 0; });
    } catch (error) {
      if (signal.aborted) return;
      if (open.aborted) { await sleep(50, signal); continue; }
      if (next === stream && error.status === 501) { next = poll; continue; }
      if (error.status === 404) { on.state("gone"); return; }
      if (error.problem === undefined) console.error(error);
      on.state("offline");
      state.asks = false;
      await sleep(RETRY[Math.min(failures++, RETRY.length - 1)], signal);
    }
  }
}

async function stream(journal, state, on, signal, connected) {
  const reply = await request("GET", withQuery(`${journal}/stream`, {after: state.last}), {signal, headers: {Accept: "text/event-stream"}});
  connected();
  on.state("live");
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ""; ;) {
    const {value, done} = await reader.read().catch(() => ({done: true})); // a cut connection is an end
    if (done) break;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) receive(block, state, on);
  }
  if (!signal.aborted) await sleep(200, signal);
}

function receive(block, state, on) {
  const [, kind] = /^event: ?(\w+)$/m.exec(block) ?? [];
  const [, data] = /^data: ?(.*)$/m.exec(block) ?? [];
  if (!kind || !data) return; // a heartbeat
  const content = JSON.parse(data);
  if (kind === "exchange") exchange(content, state, on);
  else if (kind === "world") changed(content, state, on);
  else if (kind === "gap") on.gap(content);
}

function exchange(brief, state, on) {
  if (brief.number <= state.last) return;
  state.last = brief.number;
  on.exchange(brief);
}

function changed({version, begun}, state, on) {
  const reset = begun !== state.begun; // the exchanges are numbered from 1 again
  if (reset) state.last = 0;
  if (reset || version !== state.version) on.world({version, reset});
  Object.assign(state, {version, begun});
}

async function poll(journal, state, on, signal, connected) {
  const page = await get(withQuery(journal, {view: "brief", after: state.last, limit: 200, wait: state.asks ? 20 : 0}), signal);
  state.asks = true; // the first call comes back at once: it shows that the server is there
  connected();
  on.state("polling");
  if (page.dropped) on.gap(page);
  if (page.begun === state.begun) for (const one of page.exchanges) exchange(one, state, on);
  changed(page, state, on);
}
