// A stranger's program under `tsc --strict`: what is right compiles, and what is wrong does not.
import {
  type Duration,
  type Exchange,
  type NewFault,
  type World,
  createWorld,
  MockServerError,
  startServer,
} from "audience-mockserver";
import type { components } from "audience-mockserver/control-api";

const day: Duration = { hours: 24 };
const fault: NewFault = { kind: "rate_limited", vendor: "fanfare", retry_after: 30, times: null };
const health = (body: components["schemas"]["Health"]): string => body.version;

export async function program(): Promise<string[]> {
  await using server = await startServer({ vendors: ["fanfare"], timeout: 30 });
  await using world = await createWorld({ seed: 7, settings: { jobs: "immediate" }, now: new Date() });
  const headers: Record<string, string> = world.headers("fanfare");
  const tick = await world.clock.advance(day);
  const ran: number = tick.jobs_run;
  const { spent }: { spent: number } = await (await world.faults.add(fault)).counts();
  const exchanges: Exchange[] = await world.journal.exchanges({ vendor: "fanfare", flawed: true });
  const found: Exchange[] = await world.journal.assertCalled("fanfare", "list_audiences", { times: [1, 2], query: { limit: 1 } });
  await world.journal.assertOrder([{ vendor: "fanfare", operation: "list_audiences" }]);
  await world.assertChanges({ only: { added: { "fanfare.audiences": { at_least: 1 } } } });
  const changed: string[] = (await world.changes({ from: "start" })).changes.map((one) => one.id);
  const copy: World = await world.fork();
  await copy.delete();
  return [health(await server.control.health()), `${ran} ${spent}`, ...Object.keys(headers), ...[...exchanges, ...found].map((one) => one.at), ...changed];
}

export async function mistakes(world: World): Promise<void> {
  // @ts-expect-error an unknown option
  await createWorld({ sed: 7 });
  // @ts-expect-error an unknown unit
  await world.clock.advance({ hour: 24 });
  // @ts-expect-error an unknown kind of fault
  await world.faults.add({ kind: "explode", vendor: "fanfare" });
  // @ts-expect-error a problem fault without a problem
  await world.faults.add({ kind: "problem", vendor: "fanfare" });
  // @ts-expect-error an unknown value of a setting
  await world.settings.change({ jobs: "sometimes" });
  // @ts-expect-error an unknown filter
  await world.journal.exchanges({ vendr: "fanfare" });
  // @ts-expect-error an unknown description of a call
  await world.journal.assertCalled("fanfare", "list_audiences", { time: 1 });
  // @ts-expect-error there is no such method
  world.assertNothing();
  // @ts-expect-error the constructor needs a problem and a message
  throw new MockServerError();
}
