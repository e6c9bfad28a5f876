/** Tests that fail, for the messages that they print. */

import { test } from "audience-mockserver/vitest";
import { describe, expect } from "vitest";

const post = (world, path, body) =>
  fetch(world.url("ortto") + path, {
    method: "POST",
    headers: { ...world.headers("ortto"), "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

test("FAIL-1 shows the last calls", async ({ world }) => {
  for (let limit = 1; limit <= 7; limit += 1) await post(world, "/v1/audiences/get", { limit });
  expect(1).toBe(2);
});

test("FAIL-2 shows that there were none", async ({ world }) => {
  expect(world.name).toBe("another");
});

test("FAIL-3 calls an unknown path", async ({ world }) => {
  await post(world, "/v1/audience/get", {});
  await world.reset();
});

describe("strict", () => {
  test.scoped({ worldOptions: { strict: true } });
  test("FAIL-4 sends what the contract does not know", async ({ world }) => {
    await post(world, "/v1/audiences/get", { limmit: 1 });
  });
});

describe("lenient", () => {
  test.scoped({ worldOptions: { strict: false } });
  test("PASS-1 calls an unknown path", async ({ world }) => {
    await post(world, "/v1/audience/get", {});
  });
});

test("PASS-2 sends what the contract does not know", async ({ world }) => {
  await post(world, "/v1/audiences/get", { limmit: 1 });
});

describe("with an unknown option", () => {
  test.scoped({ worldOptions: { sed: 1 } });
  test("FAIL-5 has no world", async ({ world }) => {
    expect(world).toBe(null);
  });
});
