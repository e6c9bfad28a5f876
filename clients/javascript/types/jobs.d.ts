/** The pending jobs of one world. */
export class Jobs {
    /**
     * @param {import("./connection.js").Connection} connection
     * @param {string} path
     */
    constructor(connection: import("./connection.js").Connection, path: string);
    /**
     * The next jobs by due time, at most 1,000, of one vendor or of all.
     * @param {{vendor?: string}} [filter]
     * @returns {Promise<Job[]>}
     */
    pending({ vendor }?: {
        vendor?: string;
    }): Promise<Job[]>;
    /**
     * Run the due jobs, or all pending ones; returns how many ran.
     * @param {{all?: boolean}} [options]
     * @returns {Promise<number>}
     */
    run({ all }?: {
        all?: boolean;
    }): Promise<number>;
    #private;
}
export type Job = import("../types/control-api.d.ts").components["schemas"]["Job"];
