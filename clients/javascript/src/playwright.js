/** Fixture for Playwright Test: `test` with a `world` for each test. */

import { test as base } from "@playwright/test";

import { JournalAssertionError } from "./errors.js";
import { TestWorld } from "./fixture.js";

export { expect } from "@playwright/test";

/**
 * @typedef {object} WorldFixtures
 * @property {import("./world.js").World} world the test's own world, deleted when the test ends
 * @property {import("./fixture.js").TestWorldOptions} worldOptions how the world starts, and what fails the test
 */

/**
 * Playwright's `test` with the fixture `world` and the option `worldOptions`.
 * @type {import("@playwright/test").TestType<
 *   import("@playwright/test").PlaywrightTestArgs & import("@playwright/test").PlaywrightTestOptions & WorldFixtures,
 *   import("@playwright/test").PlaywrightWorkerArgs & import("@playwright/test").PlaywrightWorkerOptions>}
 */
export const test = base.extend(
  /** @type {import("@playwright/test").Fixtures<WorldFixtures>} */ ({
    worldOptions: [{}, { option: true }],
    world: async ({ worldOptions }, use, info) => {
      const test = await TestWorld.create(info.titlePath.join(" > "), worldOptions);
      await use(test.world);
      const [error] = info.errors;
      if (error) {
        const calls = await test.lastExchanges().catch(String);
        error.message = `${error.message ?? ""}\n\n${calls}`;
        if (error.stack) error.stack = `${error.stack}\n\n${calls}`;
      }
      const failure = await test.finish().catch((problem) => {
        if (!error) throw problem; // a test that has failed keeps its message
      });
      if (failure && !error) throw new JournalAssertionError(failure);
    },
  }),
);
