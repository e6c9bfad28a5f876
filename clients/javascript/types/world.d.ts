/**
 * @param {string} vendor
 * @param {string[]} available
 */
export function unknownVendor(vendor: string, available: string[]): MockServerError;
/**
 * @typedef {import("../types/control-api.d.ts").components["schemas"]["World"]} WorldFacts
 * @typedef {import("../types/control-api.d.ts").components["schemas"]["Coverage"]} Coverage
 * @typedef {import("./journal.js").Exchange} Exchange
 */
/** One world of a running server, with its clock, faults, jobs, journal and settings. */
export class World {
    /**
     * @param {import("./connection.js").Connection} connection
     * @param {WorldFacts} facts
     */
    constructor(connection: import("./connection.js").Connection, facts: WorldFacts);
    clock: Clock;
    faults: Faults;
    jobs: Jobs;
    journal: Journal;
    settings: Settings;
    /** Whether `delete` has been called. */
    isDeleted: boolean;
    get name(): string;
    /** The world as the control API describes it. */
    get facts(): {
        name: import("../types/control-api.d.ts").components["schemas"]["Name"];
        label: string | null;
        scenario: string;
        seed: number;
        people: number;
        created: import("../types/control-api.d.ts").components["schemas"]["Moment"];
        settings: import("../types/control-api.d.ts").components["schemas"]["Settings"];
        vendors: {
            [key: string]: import("../types/control-api.d.ts").components["schemas"]["Door"];
        };
    };
    /** The names of the vendors. */
    get vendors(): string[];
    /**
     * The vendor's base URL in this world.
     * @param {string} vendor
     */
    url(vendor: string): string;
    /**
     * The headers that authenticate a call; empty if calls are signed or a session must be opened.
     * @param {string} vendor
     * @returns {Record<string, string>}
     */
    headers(vendor: string): Record<string, string>;
    /**
     * The credentials of this vendor in this world, by field name.
     * @param {string} vendor
     * @returns {Record<string, string>}
     */
    credentials(vendor: string): Record<string, string>;
    /**
     * Create a further credential: `{id, fields, headers, …}`.
     * @param {string} vendor
     * @param {import("./credentials.js").CredentialOptions} [options]
     */
    mint(vendor: string, options?: import("./credentials.js").CredentialOptions): Promise<{
        id: import("../types/control-api.d.ts").components["schemas"]["CredentialId"];
        vendor: import("../types/control-api.d.ts").components["schemas"]["VendorName"];
        kind: string;
        tenant: string | null;
        fields: {
            [key: string]: string;
        };
        headers: {
            [key: string]: string;
        };
        minted: boolean;
        created: import("../types/control-api.d.ts").components["schemas"]["Moment"];
        expires: string | null;
        expired: boolean;
        revoked: boolean;
    }>;
    /**
     * The credentials of one vendor or of all, including expired and revoked ones; initial ones first.
     * @param {{vendor?: string}} [filter]
     */
    issued(filter?: {
        vendor?: string;
    }): Promise<{
        id: import("../types/control-api.d.ts").components["schemas"]["CredentialId"];
        vendor: import("../types/control-api.d.ts").components["schemas"]["VendorName"];
        kind: string;
        tenant: string | null;
        fields: {
            [key: string]: string;
        };
        headers: {
            [key: string]: string;
        };
        minted: boolean;
        created: import("../types/control-api.d.ts").components["schemas"]["Moment"];
        expires: string | null;
        expired: boolean;
        revoked: boolean;
    }[]>;
    /**
     * Revoke a credential, given itself or by its id; the vendor rejects it like an unknown one.
     * @param {string | {id: string}} credential
     */
    revoke(credential: string | {
        id: string;
    }): Promise<void>;
    /**
     * Perform an action of the vendor's own user interface; returns its reply.
     * @param {string} vendor
     * @param {string} action
     * @param {Record<string, unknown>} [body]
     * @returns {Promise<any>}
     */
    backstage(vendor: string, action: string, body?: Record<string, unknown>): Promise<any>;
    /**
     * The collections of one vendor or of all, with their numbers of records.
     * @param {{vendor?: string}} [filter]
     */
    collections(filter?: {
        vendor?: string;
    }): Promise<{
        vendor: import("../types/control-api.d.ts").components["schemas"]["VendorName"];
        name: string;
        title: string;
        description: string;
        holds: "people" | "audiences" | null;
        count: number;
        summary: string[];
        refers: {
            [key: string]: string;
        };
    }[]>;
    /**
     * The records of a collection in the vendor's own nouns: `records("ortto", "people", {where: {"/archived": true}})`.
     * @param {string} vendor
     * @param {string} collection
     * @param {import("./records.js").RecordFilter} [filter]
     */
    records(vendor: string, collection: string, filter?: import("./records.js").RecordFilter): Promise<Record<string, any>[]>;
    /**
     * What has changed since the start of the world or a snapshot: `{counts, changes, …}`, each record once.
     * @param {import("./records.js").DiffOptions} [options]
     */
    changes(options?: import("./records.js").DiffOptions): Promise<{
        from: string;
        to: string;
        counts: import("../types/control-api.d.ts").components["schemas"]["EffectCounts"];
        changes: import("../types/control-api.d.ts").components["schemas"]["Effect"][];
        more: number;
    }>;
    /**
     * Assert what has changed: `only` these numbers of records by collection, or `none` of these collections or vendors.
     * @param {import("./records.js").ExpectedChanges} expected
     */
    assertChanges(expected: import("./records.js").ExpectedChanges): Promise<void>;
    /**
     * Contract coverage of the calls so far, for one vendor, or for every vendor that was called.
     * `reached`: only the items that calls have reached, and `vendors` without totals, which is much faster.
     * @param {{vendor?: string, reached?: boolean}} [filter]
     * @returns {Promise<Coverage>}
     */
    coverage({ vendor, reached }?: {
        vendor?: string;
        reached?: boolean;
    }): Promise<Coverage>;
    /** Reset the world to its initial state. */
    reset(): Promise<void>;
    /**
     * Save the current state under a name; `settle` runs the due jobs before, so that changes after it are those of calls.
     * @param {string} name
     * @param {{settle?: boolean}} [options]
     */
    snapshot(name: string, options?: {
        settle?: boolean;
    }): Promise<void>;
    /**
     * The names of the snapshots, oldest first.
     * @returns {Promise<string[]>}
     */
    snapshots(): Promise<string[]>;
    /**
     * Restore the state saved in a snapshot.
     * @param {string} name
     */
    restore(name: string): Promise<void>;
    /**
     * Delete a snapshot.
     * @param {string} name
     */
    deleteSnapshot(name: string): Promise<void>;
    /**
     * Create a copy of the world with its records, clock and faults, and with credentials of its own.
     * @param {{name?: string, label?: string}} [options]
     */
    fork(options?: {
        name?: string;
        label?: string;
    }): Promise<World>;
    /**
     * Delete the world from the server.
     *
     * With `after`, returns the exchanges with a greater number, or only those that are `flawed` or not, so that none is
     * lost between reading and deleting.
     * @param {{after?: number, flawed?: boolean}} [last]
     * @returns {Promise<Exchange[]>}
     */
    delete(last?: {
        after?: number;
        flawed?: boolean;
    }): Promise<Exchange[]>;
    [Symbol.asyncDispose](): Promise<void>;
    #private;
}
export type WorldFacts = import("../types/control-api.d.ts").components["schemas"]["World"];
export type Coverage = import("../types/control-api.d.ts").components["schemas"]["Coverage"];
export type Exchange = import("./journal.js").Exchange;
import { MockServerError } from "./errors.js";
import { Clock } from "./clock.js";
import { Faults } from "./faults.js";
import { Jobs } from "./jobs.js";
import { Journal } from "./journal.js";
import { Settings } from "./settings.js";
