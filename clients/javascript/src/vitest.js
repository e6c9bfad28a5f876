/** Fixture for Vitest: `test` with a `world` for each test. */

import { test as base } from "vitest";

import { JournalAssertionError } from "./errors.js";
import { TestWorld } from "./fixture.js";

/**
 * @typedef {object} WorldFixtures
 * @property {import("./world.js").World} world the test's own world, deleted when the test ends
 * @property {import("./fixture.js").TestWorldOptions} worldOptions how the world starts, and what fails the test
 */

/**
 * Vitest's `test` with the fixtures `world` and `worldOptions`.
 * @type {import("vitest").TestAPI<WorldFixtures>}
 */
export const test = base.extend(
  /** @type {Parameters<typeof base.extend<WorldFixtures>>[0]} */ ({
    worldOptions: {},
    world: async ({ task, worldOptions }, use) => {
      const label = [task.file.name, ...names(task)].join(" > ");
      const test = await TestWorld.create(label, worldOptions);
      await use(test.world);
      const errors = task.result?.state === "fail" ? (task.result.errors ?? []) : [];
      if (errors[0]) {
        const calls = await test.lastExchanges().catch(String);
        errors[0].message += `\n\n${calls}`;
      }
      const failure = await test.finish().catch((error) => {
        if (!errors.length) throw error; // a test that has failed keeps its message
      });
      if (failure && !errors.length) throw new JournalAssertionError(failure);
    },
  }),
);

export { test as it };

/**
 * The names of the suites of a task and its own.
 * @param {{name: string, suite?: any}} task
 * @returns {string[]}
 */
function names(task) {
  return [...(task.suite ? names(task.suite) : []), task.name];
}
