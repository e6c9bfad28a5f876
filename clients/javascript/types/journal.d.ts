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
