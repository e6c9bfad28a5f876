/* The live connection to the journal of a world: a stream, or long polling where the server cannot stream. */

import {pathOf, request, withQuery} from "./api.js";

const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));

/** Follows a world until `stop()`, from the exchange on that is the newest when `ready` is fulfilled. `on`:
 * `exchange(brief)`, `world({reset})` of a change or a gap, `state(name)` with live, polling, offline or gone. Exchanges come
 * once each and in order; after a break it goes on after the last one. */
export function follow(world, on) {
  const control = new AbortController();
  const {signal} = control;
  const journal = pathOf(["/worlds", world, "journal"]);
  let last = null, begun, version, asks = false;

  const read = async (query, until = signal) => (await request("GET", withQuery(journal, {view: "brief", ...query}), {signal: until})).json();
  const begin = async () => { ({last, begun, version} = await read({order: "newest", limit: 1})); };

  function exchange(brief) {
    if (brief.number <= last) return;
    last = brief.number;
    on.exchange(brief);
  }

  function changed(now) {
    const reset = now.begun !== begun; // the exchanges are numbered from 1 again
    if (reset) last = 0;
    if (reset || now.version !== version) on.world({reset});
    ({begun, version} = now);
  }

  function receive(block) {
    const [kind, data] = ["event", "data"].map(name => new RegExp(`^${name}: ?(.*)$`, "m").exec(block)?.[1]);
    if (kind && data) ({exchange, world: changed, gap: () => on.world({})})[kind]?.(JSON.parse(data)); // otherwise a heartbeat
  }

  async function stream(open, connected) {
    const reply = await request("GET", withQuery(`${journal}/stream`, {after: last}), {signal: open});
    connected("live");
    const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ;) {
      const {value, done} = await reader.read().catch(() => ({done: true})); // a cut connection is an end
      if (done) break;
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      blocks.forEach(receive);
    }
    await sleep(200);
  }

  async function poll(open, connected) {
    const page = await read({after: last, limit: 200, wait: asks ? 20 : 0}, open);
    asks = true; // the first call comes back at once: it shows that the server is there
    connected("polling");
    if (page.dropped) on.world({});
    if (page.begun === begun) page.exchanges.forEach(exchange);
    changed(page);
  }

  // a browser has six connections to a server for all of its tabs: a hidden page has none
  let open = new AbortController(), wake = () => null;
  const look = event => document.hidden || event.type === "pagehide" ? open.abort() : wake();
  document.addEventListener("visibilitychange", look, {signal});
  addEventListener("pagehide", look, {signal});

  async function run() {
    let next = stream;
    for (let wait = 500; !signal.aborted;) {
      if (document.hidden) await new Promise(resolve => { wake = resolve; });
      open = new AbortController();
      try {
        if (last === null) await begin();
        await next(AbortSignal.any([signal, open.signal]), name => { wait = 500; on.state(name); });
      } catch (error) {
        if (signal.aborted) return;
        if (open.signal.aborted) { await sleep(50); continue; }
        if (next === stream && error.status === 501) { next = poll; continue; }
        if (error.status === 404) { on.state("gone"); return; }
        if (!error.problem) console.error(error);
        on.state("offline");
        asks = false;
        await sleep(wait);
        wait = Math.min(2 * wait, 5000);
      }
    }
  }

  const ready = begin().catch(() => null);
  ready.then(run);
  return {ready, stop: () => { control.abort(); wake(); }};
}
