/** Faults of a world: planned failures, and when they occur. */
/**
 * @typedef {import("../types/control-api.d.ts").components["schemas"]["NewFault"]} NewFault
 * @typedef {import("../types/control-api.d.ts").components["schemas"]["Fault"]} FaultDetails
 * @typedef {{seen: number, spent: number}} FaultCounts calls that matched the fault, and calls that it affected
 */
/** One fault of a world. */
export class Fault {
    /**
     * @param {import("./connection.js").Connection} connection
     * @param {string} path
     * @param {FaultDetails} details
     */
    constructor(connection: import("./connection.js").Connection, path: string, details: FaultDetails);
    id: string;
    kind: string;
    /**
     * Its options and counters.
     * @returns {Promise<FaultDetails>}
     */
    read(): Promise<FaultDetails>;
    /**
     * The number of calls that matched the fault (`seen`), and of those that it affected (`spent`).
     * @returns {Promise<FaultCounts>}
     */
    counts(): Promise<FaultCounts>;
    /** Remove the fault. */
    remove(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
    #private;
}
/** All faults of one world. */
export class Faults {
    /**
     * @param {import("./connection.js").Connection} connection
     * @param {string} path
     */
    constructor(connection: import("./connection.js").Connection, path: string);
    /**
     * Add a fault: `add({kind: "drop_after", vendor: "fanfare", operation: "create_audience"})` affects the next such
     * call. The server rejects a fault that could never apply.
     * @param {NewFault} fault
     */
    add(fault: NewFault): Promise<Fault>;
    /**
     * All faults in the order in which they were added, including spent ones.
     * @returns {Promise<FaultDetails[]>}
     */
    list(): Promise<FaultDetails[]>;
    /**
     * Remove one fault, given by its id.
     * @param {string} id
     */
    remove(id: string): Promise<void>;
    /** Remove all faults. */
    clear(): Promise<void>;
    #private;
}
export type NewFault = import("../types/control-api.d.ts").components["schemas"]["NewFault"];
export type FaultDetails = import("../types/control-api.d.ts").components["schemas"]["Fault"];
/**
 * calls that matched the fault, and calls that it affected
 */
export type FaultCounts = {
    seen: number;
    spent: number;
};
