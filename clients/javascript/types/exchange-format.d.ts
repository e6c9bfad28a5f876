/**
 * The exchanges with their bodies, and for each violation its location, the expected and the actual value.
 * @param {Exchange[]} exchanges
 * @returns {string}
 */
export function formatExchanges(exchanges: Exchange[]): string;
/**
 * `POST /<vendor>/<path> -> 400 problem`, without the world's part of the URL.
 * @param {Exchange} exchange
 * @returns {string}
 */
export function formatSummary({ call, reply, problem, vendor }: Exchange): string;
export type Exchange = import("./journal.js").Exchange;
export type Violation = Exchange["violations"][number];
