/** Test kit for audience-mockserver: creates worlds on a server that it finds or starts. */

import { findServer } from "./server.js";

export { Clock } from "./clock.js";
export { Control } from "./control.js";
export { JournalAssertionError, MockServerError } from "./errors.js";
export { formatExchanges } from "./exchange-format.js";
export { Fault, Faults } from "./faults.js";
export { Jobs } from "./jobs.js";
export { Journal } from "./journal.js";
export { RunningServer, startServer } from "./server.js";
export { Settings } from "./settings.js";
export { World } from "./world.js";

/**
 * @typedef {import("./clock.js").Duration} Duration
 * @typedef {import("./clock.js").Moment} Moment
 * @typedef {import("./control.js").WorldOptions} WorldOptions
 * @typedef {import("./faults.js").NewFault} NewFault
 * @typedef {import("./journal.js").Exchange} Exchange
 * @typedef {import("./journal.js").Expectation} Expectation
 * @typedef {import("./journal.js").ExpectedCall} ExpectedCall
 * @typedef {import("./journal.js").JournalFilter} JournalFilter
 * @typedef {import("./server.js").ServerOptions} ServerOptions
 * @typedef {import("./settings.js").SettingChange} SettingChange
 */

/**
 * Create a world on the server that `MOCKSERVER_URL` names, or else on one that is started and ends with this process.
 * @param {WorldOptions} [options]
 */
export async function createWorld(options) {
  return (await findServer()).createWorld(options);
}

/** The world with this name on the same server; by default the one in `MOCKSERVER_WORLD`, else `default`. */
export async function openWorld(name = process.env.MOCKSERVER_WORLD ?? "default") {
  return (await findServer()).world(name);
}
