/**
 * The query string of the values that are given.
 * @param {Record<string, unknown>} values
 * @returns {string}
 */
export function encode(values: Record<string, unknown>): string;
/** The exchanges of one world. */
export class Journal {
    /**
     * @param {import("./connection.js").Connection} connection
     * @param {string} path
     */
    constructor(connection: import("./connection.js").Connection, path: string);
    /**
     * Called before the journal is cleared or the world is reset or deleted, to read what would be lost.
     * @type {() => Promise<void>}
     * @internal
     */
    beforeClear: () => Promise<void>;
    /**
     * The exchanges that match every filter, oldest first.
     * @param {JournalFilter} [filter]
     * @returns {Promise<Exchange[]>}
     */
    exchanges(filter?: JournalFilter): Promise<Exchange[]>;
    /**
     * The exchanges as an HTTP Archive (HAR 1.2).
     * @param {JournalFilter} [filter]
     * @returns {Promise<{log: {entries: unknown[], [member: string]: unknown}}>}
     */
    archive(filter?: JournalFilter): Promise<{
        log: {
            entries: unknown[];
            [member: string]: unknown;
        };
    }>;
    /**
     * Assert that the operation was called as described: `times` a number or a range, by default at least once.
     *
     * Returns the matching exchanges. An object in `body`, `query` or `headers` may have further members, and
     * `{$match: {…}}` is a pattern. The message of a failure has the nearest exchanges and how they differ.
     * @param {string} vendor
     * @param {string} operation
     * @param {Expectation} [expected]
     * @returns {Promise<Exchange[]>}
     */
    assertCalled(vendor: string, operation: string, expected?: Expectation): Promise<Exchange[]>;
    /**
     * Assert that no call matches: of the operation, of any operation of the vendor, or of any vendor.
     * @param {string} [vendor]
     * @param {string} [operation]
     * @param {Description} [described]
     */
    assertNotCalled(vendor?: string, operation?: string, described?: Description): Promise<void>;
    /**
     * Assert that calls were made in this order; others before, between and after them are allowed.
     *
     * Returns the exchange of each step.
     * @param {ExpectedCall[]} order
     * @returns {Promise<Exchange[]>}
     */
    assertOrder(order: ExpectedCall[]): Promise<Exchange[]>;
    /** Delete the exchanges so far. */
    clear(): Promise<void>;
    #private;
}
export type Exchange = import("../types/control-api.d.ts").components["schemas"]["Exchange"];
export type JournalFilter = {
    vendor?: string;
    /**
     * the operationId in the vendor's contract
     */
    operation?: string;
    /**
     * the status of the reply
     */
    status?: number;
    /**
     * the name of the problem in the reply
     */
    problem?: string;
    /**
     * the kind of the fault that affected the call
     */
    fault?: string;
    method?: string;
    /**
     * the path without the vendor's prefix
     */
    path?: string;
    /**
     * the first number
     */
    since?: number;
    /**
     * the last number
     */
    until?: number;
    /**
     * only exchanges with a greater number
     */
    after?: number;
    /**
     * only exchanges with an error (true) or without one (false)
     */
    flawed?: boolean;
};
export type Schemas = import("../types/control-api.d.ts").components["schemas"];
/**
 * what is expected of a call, its vendor and operation included
 */
export type ExpectedCall = Schemas["ExpectedStep"];
export type Expectation = Omit<Schemas["Assertion"], "order" | "vendor" | "operation" | "limit">;
export type Description = Omit<Expectation, "times" | "at_least" | "at_most">;
