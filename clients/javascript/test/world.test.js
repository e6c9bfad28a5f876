/** A world through its whole life, on the server that MOCKSERVER_URL names. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Control, createWorld, MockServerError, openWorld } from "audience-mockserver";

const control = new Control(process.env.MOCKSERVER_URL ?? "");

/** A world that is deleted when its test ends. */
async function newWorld(t, options) {
  const world = await createWorld(options);
  t.after(() => world[Symbol.asyncDispose]());
  return world;
}

/** One call to a vendor in the world. */
async function call(world, vendor, method, path, body) {
  const headers = { ...world.headers(vendor), "Content-Type": "application/json" };
  const reply = await fetch(world.url(vendor) + path, { method, headers, body: body && JSON.stringify(body) });
  return { status: reply.status, body: await reply.json() };
}

test("a world is created with its options", async (t) => {
  const now = new Date("2026-03-01T00:00:00Z");
  const settings = { jobs: "manual" };
  const options = { name: "kit-options", scenario: "demo", seed: 7, people: 12, now, settings, label: "kit" };
  const world = await newWorld(t, { ...options, vendors: ["ortto"] });
  const { name, scenario, seed, people, label } = world.facts;
  assert.deepEqual([name, scenario, seed, people, label], ["kit-options", "demo", 7, 12, "kit"]);
  assert.equal(world.name, "kit-options");
  assert.equal((await world.settings.read()).jobs, "manual");
  assert.deepEqual(await world.clock.now(), now);
  assert.equal((await control.world("kit-options")).url("ortto"), world.url("ortto"));
  assert.ok((await control.worlds()).some((one) => one.name === "kit-options"));
});

test("a world knows how its vendors are called", async (t) => {
  const world = await newWorld(t);
  assert.deepEqual(world.vendors, (await control.health()).vendors);
  assert.deepEqual(Object.keys(world.credentials("ortto")), ["api_key"]);
  assert.equal(world.headers("ortto")["X-Api-Key"], world.credentials("ortto").api_key);
  world.headers("ortto")["X-Api-Key"] = "changed";
  assert.notEqual(world.headers("ortto")["X-Api-Key"], "changed");
  assert.equal((await call(world, "ortto", "POST", "/v1/audiences/get", { limit: 1 })).status, 200);
  assert.throws(() => world.url("orto"), { problem: "unknown_vendor", message: /^unknown vendor 'orto' \(available: .*ortto/ });
  assert.throws(() => world.url("toString"), MockServerError);
});

test("what the server rejects is an error with its one line", async (t) => {
  const world = await newWorld(t);
  const cases = [
    [() => createWorld({ scenario: "demmo" }), "unknown_scenario", 400],
    [() => createWorld({ sed: 7 }), "call_does_not_fit", 400],
    [() => createWorld({ name: world.name }), "world_exists", 409],
    [() => createWorld({ vendors: ["orto"] }), "unknown_vendor", null],
    [() => control.world("nope"), "unknown_world", 404],
    [() => world.faults.add({ kind: "problem", vendor: "ortto", problem: "nope" }), "unfit_fault", 400],
    [() => world.restore("nope"), "unknown_snapshot", 404],
    [() => world.backstage("ortto", "nope"), "unknown_action", 404],
    [() => world.settings.change({ rates: { ortto: { nope: 1 } } }), "unfit_setting", 400],
    [() => world.clock.advance({ weeks: 99999 }), "call_does_not_fit", 400],
    [() => new Control("http://127.0.0.1:1").health(), "unreachable", null],
    [() => new Control(world.url("ortto")).health(), "unreachable", null],
    [async () => new Control("127.0.0.1:4700"), "unreachable", null],
  ];
  for (const [action, problem, status] of cases) {
    await assert.rejects(action, (error) => {
      assert.ok(error instanceof MockServerError);
      assert.deepEqual([error.problem, error.status], [problem, status], error.message);
      assert.match(error.message, /^[^\n]+$/);
      assert.doesNotMatch(error.stack, /audience-mockserver\/src|javascript\/src/);
      return true;
    });
  }
});

test("the clock runs the jobs that become due", async (t) => {
  const world = await newWorld(t, { now: "2026-01-05T09:00:00Z" });
  const contact = { firstName: "Ada", email: "ada@example.com", countryCode: "SE" };
  const { body } = await call(world, "voyado", "POST", "/api/v3/contacts", contact);
  const audiences = async () => {
    const overview = await call(world, "voyado", "GET", `/api/v3/contactoverview?contactId=${body.id}`);
    return overview.body.audiences.map(({ name }) => name);
  };
  assert.deepEqual(await audiences(), []);
  const pending = await world.jobs.pending({ vendor: "voyado" });
  assert.ok(pending.length > 0);
  assert.ok(pending.every(({ vendor }) => vendor === "voyado"));
  const tick = await world.clock.advance({ hours: 24 });
  assert.ok(tick.jobs_run > 0);
  assert.ok((await audiences()).includes("Member"));
  assert.equal(tick.mode, "frozen");
  assert.deepEqual(await world.clock.now(), new Date("2026-01-06T09:00:00Z"));
});

test("the clock is set, frozen and released", async (t) => {
  const world = await newWorld(t);
  assert.equal((await world.clock.set(new Date("2026-02-01T00:00:00Z"))).mode, "shifted");
  assert.equal((await world.clock.freeze("2026-02-02T00:00:00Z")).now.slice(0, 10), "2026-02-02");
  assert.equal((await world.clock.freeze()).mode, "frozen");
  await world.clock.advance({ minutes: 1, seconds: 1, milliseconds: 500 });
  await world.clock.advance(0.5);
  assert.deepEqual(await world.clock.now(), new Date("2026-02-02T00:01:02Z"));
  assert.equal((await world.clock.unfreeze()).mode, "shifted");
  await assert.rejects(world.clock.advance({ hour: 1 }), /no unit 'hour'; use weeks, days, hours/);
  await assert.rejects(world.clock.advance({}), /the duration is missing/);
});

test("jobs run on request", async (t) => {
  const world = await newWorld(t, { settings: { jobs: "manual" } });
  await call(world, "voyado", "GET", "/api/v3/target-audiences");
  const pending = await world.jobs.pending();
  assert.ok(pending.length > 0);
  assert.equal(await world.jobs.run(), 0);
  assert.equal(await world.jobs.run({ all: true }), pending.length);
});

test("a fault counts its calls and can be removed", async (t) => {
  const world = await newWorld(t);
  const get = async () => (await call(world, "ortto", "POST", "/v1/audiences/get", {})).status;
  const fault = await world.faults.add({ kind: "status", vendor: "ortto", status: 503, after: 1, times: null });
  assert.deepEqual([await get(), await get()], [200, 503]);
  assert.deepEqual(await fault.counts(), { seen: 2, spent: 1 });
  assert.deepEqual((await world.faults.list()).map(({ id }) => id), [fault.id]);
  await fault.remove();
  assert.equal(await get(), 200);
  const other = await world.faults.add({ kind: "drop_before", vendor: "ortto" });
  await world.faults.remove(other.id);
  await world.faults.add({ kind: "drop_after", vendor: "ortto" });
  await world.faults.clear();
  assert.deepEqual(await world.faults.list(), []);
  assert.equal(await get(), 200);
});

test("settings change and return to their defaults", async (t) => {
  const world = await newWorld(t);
  assert.equal((await world.settings.change({ jobs: "immediate", limits: true })).jobs, "immediate");
  assert.equal((await world.settings.change({ jobs: null })).jobs, "on_time");
  assert.equal((await world.settings.read()).limits, true);
});

test("the journal has every exchange, by filter and page", async (t) => {
  const world = await newWorld(t);
  const calls = 1003; // more than a page
  for (let done = 0; done < calls; done += 59) {
    await Promise.all(Array.from({ length: 59 }, () => call(world, "ortto", "GET", "/v1/nothing")));
  }
  await call(world, "ortto", "POST", "/v1/audiences/get", { limit: 1 });
  const all = await world.journal.exchanges();
  assert.equal(all.length, calls + 1);
  assert.deepEqual(all.map(({ number }) => number), all.map((_, index) => index + 1));
  const [found, ...rest] = await world.journal.exchanges({ vendor: "ortto", operation: "get_audiences", flawed: false });
  assert.deepEqual(rest, []);
  assert.equal(found.call.body, '{"limit":1}');
  const archive = await world.journal.archive({ after: 2 });
  assert.equal(archive.log.entries.length, calls - 1);
  await world.journal.clear();
  assert.deepEqual(await world.journal.exchanges(), []);
});

test("a world is reset, restored, forked and deleted", async () => {
  const world = await createWorld({ scenario: "empty" });
  const audiences = async (one) => (await call(one, "fanfare", "GET", "/api/v1/audiences")).body.length;
  const add = (name) => call(world, "fanfare", "POST", "/api/v1/audiences", { name, type: "STATIC" });
  await add("first");
  await world.snapshot("one");
  await add("second");
  const fork = await world.fork({ label: "fork" });
  assert.notEqual(fork.name, world.name);
  assert.deepEqual([await audiences(world), await audiences(fork)], [2, 2]);
  assert.deepEqual(await world.snapshots(), ["one"]);
  await world.restore("one");
  assert.deepEqual([await audiences(world), await audiences(fork)], [1, 2]);
  await world.deleteSnapshot("one");
  assert.deepEqual(await world.snapshots(), []);
  await world.reset();
  assert.equal(await audiences(world), 0);
  const [exchange] = await fork.delete({ after: 0 });
  assert.equal(exchange.operation, "list_audiences");
  await world.delete();
  assert.ok(world.isDeleted);
  await assert.rejects(control.world(world.name), { problem: "unknown_world" });
});

test("further credentials are minted and revoked", async (t) => {
  const world = await newWorld(t);
  const credential = await world.mint("ortto", { expires_in: 3600 });
  const url = `${world.url("ortto")}/v1/audiences/get`;
  const status = async () => (await fetch(url, { method: "POST", headers: credential.headers, body: "{}" })).status;
  assert.equal(await status(), 200);
  assert.equal((await world.issued({ vendor: "ortto" })).at(-1).id, credential.id);
  assert.ok((await world.issued()).length > (await world.issued({ vendor: "ortto" })).length);
  await world.revoke(credential);
  assert.equal(await status(), 401);
});

test("a person's action in the vendor's interface, and the coverage of calls", async (t) => {
  const world = await newWorld(t);
  const filter = { $and: [{ $and: [{ "$str::is": { field_id: "str::email", value: "ada@example.com" } }] }] };
  const created = await world.backstage("ortto", "create_audience", { name: "Readers of the kit", filter });
  assert.ok(created);
  const { body } = await call(world, "ortto", "POST", "/v1/audiences/get", { search_term: "Readers of the kit" });
  assert.deepEqual(body.map(({ name }) => name), ["Readers of the kit"]);
  assert.equal((await world.coverage()).vendors.ortto.operation.covered, 1);
  assert.deepEqual(Object.keys((await world.coverage({ vendor: "voyado" })).vendors), ["voyado"]);
});

test("the world that a parent process names is opened", async (t) => {
  const world = await newWorld(t);
  assert.equal((await openWorld()).name, "default");
  process.env.MOCKSERVER_WORLD = world.name;
  t.after(() => delete process.env.MOCKSERVER_WORLD);
  assert.equal((await openWorld()).name, world.name);
});

test("assertions on the journal return the exchanges, or explain the failure", async (t) => {
  const world = await newWorld(t);
  for (const limit of [40, 60]) await call(world, "ortto", "POST", "/v1/audiences/get", { limit, search_term: "a" });
  const { journal } = world;
  const [exchange] = await journal.assertCalled("ortto", "get_audiences", { times: 1, body: { limit: 40 } });
  assert.equal(exchange.number, 1);
  const many = { $match: { type: "integer", minimum: 50 } };
  assert.equal((await journal.assertCalled("ortto", "get_audiences", { body: { limit: many } }))[0].number, 2);
  await journal.assertNotCalled("ortto", "merge_people");
  await journal.assertNotCalled("voyado");
  await journal.assertNotCalled("ortto", "get_audiences", { status: 500 });
  const steps = [40, 60].map((limit) => ({ vendor: "ortto", operation: "get_audiences", body: { limit } }));
  assert.deepEqual((await journal.assertOrder(steps)).map(({ number }) => number), [1, 2]);
  const failures = [
    [() => journal.assertCalled("ortto", "get_audiences", { body: { limit: 41 } }), /limit.*41[^]*40/],
    [() => journal.assertCalled("ortto", "get_audiences", { times: 3 }), /2/],
    [() => journal.assertNotCalled("ortto"), /audiences.get/],
    [() => journal.assertNotCalled(), /audiences.get/],
    [() => journal.assertOrder(steps.reverse()), /get_audiences/],
  ];
  for (const [assertion, message] of failures) {
    await assert.rejects(assertion, (error) => {
      assert.equal(error.name, "AssertionError", error.message);
      assert.match(error.message, message);
      assert.match(error.stack, /world\.test\.js/);
      assert.doesNotMatch(error.stack, /audience-mockserver\/src/);
      return true;
    });
  }
  await assert.rejects(journal.assertCalled("ortto", "get_audienses"), { problem: "unknown_operation" });
});

test("what JSON cannot carry is refused in an assertion", async (t) => {
  const { journal } = await newWorld(t);
  const expected = [/ada/, () => true, { asymmetricMatch: () => true }, 1n];
  for (const limit of expected) {
    const assertion = journal.assertCalled("ortto", "get_audiences", { body: { filter: [{ limit }] } });
    await assert.rejects(assertion, { name: "TypeError", message: /^body\.filter\.0\.limit is not JSON; .*\$match/ });
  }
});

test("records, and what has changed in them", async (t) => {
  const world = await newWorld(t);
  const add = (name) => call(world, "fanfare", "POST", "/api/v1/audiences", { name, type: "STATIC" });
  await add("first");
  await world.snapshot("before", { settle: true });
  await add("second");
  const where = { "/name": "second", "/id": undefined };
  const [record, ...rest] = await world.records("fanfare", "audiences", { where });
  assert.equal(record.name, "second");
  assert.deepEqual(rest, []);
  assert.equal((await world.records("fanfare", "audiences", { limit: 1, sort: "-/name" })).length, 1);
  const collections = await world.collections({ vendor: "fanfare" });
  const { count } = collections.find(({ name }) => name === "audiences");
  assert.equal((await world.records("fanfare", "audiences")).length, count);
  const changed = async (options) => (await world.changes(options)).counts["fanfare.audiences"].added;
  assert.deepEqual([await changed(), await changed({ from: "before", vendor: "fanfare" })], [2, 1]);
  await world.assertChanges({ from: "before", only: { added: { "fanfare.audiences": 1 } }, none: ["ortto"] });
  const wrong = world.assertChanges({ only: { added: { "fanfare.audiences": 1 } } });
  await assert.rejects(wrong, { name: "AssertionError", message: /fanfare\.audiences/ });
});
