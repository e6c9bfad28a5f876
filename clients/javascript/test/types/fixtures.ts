// The fixtures under `tsc --strict`.
import type { World } from "audience-mockserver";
import { expect as expectPage, test as pageTest } from "audience-mockserver/playwright";
import { test } from "audience-mockserver/vitest";
import setup from "audience-mockserver/vitest/setup";
import { describe, expect } from "vitest";

describe("vitest", () => {
  test.scoped({ worldOptions: { seed: 7, strict: true } });
  test("a world", async ({ world, task }) => {
    const one: World = world;
    expect(one.url("ortto")).toContain(task.name);
    // @ts-expect-error a world has no such member
    world.nothing();
  });
});

pageTest.use({ worldOptions: { seed: 7, strict: false } });
pageTest("a world", async ({ world, page }) => {
  expectPage(await page.goto(world.url("ortto"))).toBeNull();
  // @ts-expect-error a world has no such member
  world.nothing();
});

export const stop: () => Promise<void> = await setup();
