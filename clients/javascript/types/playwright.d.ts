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
export const test: import("@playwright/test").TestType<import("@playwright/test").PlaywrightTestArgs & import("@playwright/test").PlaywrightTestOptions & WorldFixtures, import("@playwright/test").PlaywrightWorkerArgs & import("@playwright/test").PlaywrightWorkerOptions>;
export type WorldFixtures = {
    /**
     * the test's own world, deleted when the test ends
     */
    world: import("./world.js").World;
    /**
     * how the world starts, and what fails the test
     */
    worldOptions: import("./fixture.js").TestWorldOptions;
};
