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
export function createWorld(options?: WorldOptions): Promise<import("./world.js").World>;
/** The world with this name on the same server; by default the one in `MOCKSERVER_WORLD`, else `default`. */
export function openWorld(name?: string): Promise<import("./world.js").World>;
export { Clock } from "./clock.js";
export { Control } from "./control.js";
export { formatExchanges } from "./exchange-format.js";
export { Jobs } from "./jobs.js";
export { Journal } from "./journal.js";
export { Settings } from "./settings.js";
export { World } from "./world.js";
export type Duration = import("./clock.js").Duration;
export type Moment = import("./clock.js").Moment;
export type WorldOptions = import("./control.js").WorldOptions;
export type NewFault = import("./faults.js").NewFault;
export type Exchange = import("./journal.js").Exchange;
export type Expectation = import("./journal.js").Expectation;
export type ExpectedCall = import("./journal.js").ExpectedCall;
export type JournalFilter = import("./journal.js").JournalFilter;
export type ServerOptions = import("./server.js").ServerOptions;
export type SettingChange = import("./settings.js").SettingChange;
export { JournalAssertionError, MockServerError } from "./errors.js";
export { Fault, Faults } from "./faults.js";
export { RunningServer, startServer } from "./server.js";
