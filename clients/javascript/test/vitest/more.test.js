/** A second file, which runs in another worker on the same server. */

import { test } from "audience-mockserver/vitest";
import { expect } from "vitest";

test("the server is the one of the set-up", async ({ world }) => {
  expect(world.url("ortto")).toContain(process.env.MOCKSERVER_URL);
  expect(world.facts.label).toBe("more.test.js > the server is the one of the set-up");
});
