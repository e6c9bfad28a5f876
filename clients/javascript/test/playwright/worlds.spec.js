/** Tests of Playwright Test that need no browser. */

import { expect, test } from "audience-mockserver/playwright";

const post = (world, path, body) =>
  fetch(world.url("ortto") + path, {
    method: "POST",
    headers: { ...world.headers("ortto"), "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

test("PASS-1 has a world on the server of the set-up", async ({ world }) => {
  expect(world.url("ortto")).toContain(process.env.MOCKSERVER_URL);
  expect((await post(world, "/v1/audiences/get", {})).status).toBe(200);
  expect(world.facts.label).toContain("worlds.spec.js > PASS-1");
});

test.describe("with options", () => {
  test.use({ worldOptions: { seed: 7, strict: false } });
  test("PASS-2 starts as it says", async ({ world }) => {
    expect(world.facts.seed).toBe(7);
    await post(world, "/v1/audience/get", {});
  });
});

test("FAIL-1 shows its calls", async ({ world }) => {
  await post(world, "/v1/audiences/get", { limit: 3 });
  expect(1).toBe(2);
});

test("FAIL-2 calls an unknown path", async ({ world }) => {
  await post(world, "/v1/audience/get", {});
});
