/** Tests that run in parallel, in one file and beside others: each has its own world. */

import { test } from "audience-mockserver/vitest";
import { describe, expect } from "vitest";

const get = async (world) => {
  const reply = await fetch(`${world.url("fanfare")}/api/v1/audiences`, { headers: world.headers("fanfare") });
  return (await reply.json()).map(({ name }) => name);
};

const create = (world, name) =>
  fetch(`${world.url("fanfare")}/api/v1/audiences`, {
    method: "POST",
    headers: { ...world.headers("fanfare"), "Content-Type": "application/json" },
    body: JSON.stringify({ name, type: "STATIC" }),
  });

describe.concurrent("in parallel", () => {
  test.for([1, 2, 3, 4])("world %i", async (number, { world }) => {
    await create(world, `mine-${number}`);
    const names = await get(world);
    expect(names.filter((name) => name.startsWith("mine-"))).toEqual([`mine-${number}`]);
  });
});

describe("with options", () => {
  test.scoped({ worldOptions: { scenario: "empty", settings: { jobs: "manual" } } });
  test("an empty world", async ({ world }) => {
    expect(await get(world)).toEqual([]);
    expect((await world.settings.read()).jobs).toBe("manual");
    expect(world.facts.label).toBe("worlds.test.js > with options > an empty world");
  });
});

test("a test may delete its world", async ({ world }) => {
  await world.delete();
});

test("fake timers and a replaced fetch do not concern the kit", async ({ world, onTestFinished }) => {
  const { vi } = await import("vitest");
  onTestFinished(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
  vi.useFakeTimers();
  vi.stubGlobal("fetch", () => Promise.reject(new Error("no network")));
  expect((await world.clock.advance({ hours: 1 })).mode).toBe("shifted");
});
