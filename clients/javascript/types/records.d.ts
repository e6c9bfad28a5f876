/** The collections of one world. */
export class Records {
    /**
     * @param {import("./connection.js").Connection} connection
     * @param {string} path the path of the world
     */
    constructor(connection: import("./connection.js").Connection, path: string);
    /**
     * @param {{vendor?: string}} [filter]
     * @returns {Promise<Collection[]>}
     */
    collections({ vendor }?: {
        vendor?: string;
    }): Promise<Collection[]>;
    /**
     * @param {string} vendor
     * @param {string} collection
     * @param {RecordFilter} [filter]
     * @returns {Promise<Record<string, any>[]>}
     */
    list(vendor: string, collection: string, { where, search, sort, limit }?: RecordFilter): Promise<Record<string, any>[]>;
    /**
     * @param {DiffOptions} options
     * @returns {Promise<Diff>}
     */
    changes(options: DiffOptions): Promise<Diff>;
    /** @param {ExpectedChanges} expected */
    assertChanges(expected: ExpectedChanges): Promise<void>;
    #private;
}
export type Paths = import("../types/control-api.d.ts").paths;
export type Collection = import("../types/control-api.d.ts").components["schemas"]["Collection"];
export type Diff = Paths["/worlds/{world}/diff"]["get"]["responses"]["200"]["content"]["application/json"];
export type ExpectedChanges = NonNullable<Paths["/worlds/{world}/diff/assert"]["post"]["requestBody"]>["content"]["application/json"];
export type RecordFilter = {
    /**
     * values by JSON pointer; `undefined`: the member exists
     */
    where?: Record<string, unknown>;
    /**
     * text that a record contains, in any case of letters
     */
    search?: string;
    /**
     * a JSON pointer, with `-` before it for the greatest first
     */
    sort?: string;
    /**
     * the maximum number of records; by default, all
     */
    limit?: number;
};
export type DiffOptions = {
    /**
     * the earlier state, `start` or a snapshot
     */
    from?: string;
    /**
     * the later state, `now` or a snapshot
     */
    to?: string;
    vendor?: string;
};
