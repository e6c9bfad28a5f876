/**
 * @typedef {object} WorldFixtures
 * @property {import("./world.js").World} world the test's own world, deleted when the test ends
 * @property {import("./fixture.js").TestWorldOptions} worldOptions how the world starts, and what fails the test
 */
/**
 * Vitest's `test` with the fixtures `world` and `worldOptions`.
 * @type {import("vitest").TestAPI<WorldFixtures>}
 */
export const test: import("vitest").TestAPI<WorldFixtures>;
export { test as it };
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
