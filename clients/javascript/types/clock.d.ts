/**
 * The seconds of a duration.
 * @param {Duration | number} duration
 * @returns {number}
 */
export function toSeconds(duration: Duration | number): number;
/** The clock of one world: real, shifted or frozen. Moving it runs the jobs that become due. */
export class Clock {
    /**
     * @param {import("./connection.js").Connection} connection
     * @param {string} path
     */
    constructor(connection: import("./connection.js").Connection, path: string);
    /**
     * Read the clock: its time, its mode and the number of jobs that ran.
     * @returns {Promise<Tick>}
     */
    read(): Promise<Tick>;
    /**
     * The world's current time.
     * @returns {Promise<Date>}
     */
    now(): Promise<Date>;
    /**
     * Move the clock forward: `advance({hours: 24})`, or by a number of seconds.
     * @param {Duration | number} duration
     * @returns {Promise<Tick>}
     */
    advance(duration: Duration | number): Promise<Tick>;
    /**
     * Set the time; a running clock continues from there.
     * @param {Moment} when
     */
    set(when: Moment): Promise<{
        now: import("../types/control-api.d.ts").components["schemas"]["Moment"];
        mode: "real" | "shifted" | "frozen";
        jobs_run: number;
        jobs: import("../types/control-api.d.ts").components["schemas"]["JobRun"][];
        effect_counts: import("../types/control-api.d.ts").components["schemas"]["EffectCounts"];
    }>;
    /**
     * Stop the clock, at the current time or at the given one.
     * @param {Moment} [at]
     */
    freeze(at?: Moment): Promise<{
        now: import("../types/control-api.d.ts").components["schemas"]["Moment"];
        mode: "real" | "shifted" | "frozen";
        jobs_run: number;
        jobs: import("../types/control-api.d.ts").components["schemas"]["JobRun"][];
        effect_counts: import("../types/control-api.d.ts").components["schemas"]["EffectCounts"];
    }>;
    /** Let the clock run on from its current time. */
    unfreeze(): Promise<{
        now: import("../types/control-api.d.ts").components["schemas"]["Moment"];
        mode: "real" | "shifted" | "frozen";
        jobs_run: number;
        jobs: import("../types/control-api.d.ts").components["schemas"]["JobRun"][];
        effect_counts: import("../types/control-api.d.ts").components["schemas"]["EffectCounts"];
    }>;
    /**
     * Change the time (`now`), then move it by seconds (`advance`), freeze or unfreeze the clock, in one call.
     * @param {{now?: Moment, advance?: number, frozen?: boolean}} change
     * @returns {Promise<Tick>}
     */
    change(change: {
        now?: Moment;
        advance?: number;
        frozen?: boolean;
    }): Promise<Tick>;
    #private;
}
export type Tick = import("../types/control-api.d.ts").components["schemas"]["Clock"];
/**
 * a Date, or a timestamp with an offset such as `2026-01-01T00:00:00Z`
 */
export type Moment = Date | string;
export type Duration = {
    weeks?: number;
    days?: number;
    hours?: number;
    minutes?: number;
    seconds?: number;
    milliseconds?: number;
};
