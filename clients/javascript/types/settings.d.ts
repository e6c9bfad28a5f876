/** Settings of a world. */
/**
 * @typedef {import("../types/control-api.d.ts").components["schemas"]["Settings"]} SettingValues
 * @typedef {import("../types/control-api.d.ts").components["schemas"]["Change"]} SettingChange
 */
/** The settings of one world: when jobs run, rate limits, strictness, and the vendors' switches. */
export class Settings {
    /**
     * @param {import("./connection.js").Connection} connection
     * @param {string} path
     */
    constructor(connection: import("./connection.js").Connection, path: string);
    /**
     * All settings, including defaults.
     * @returns {Promise<SettingValues>}
     */
    read(): Promise<SettingValues>;
    /**
     * Change settings: `change({jobs: "immediate"})`; null restores a default. Returns all settings.
     * @param {SettingChange} change
     * @returns {Promise<SettingValues>}
     */
    change(change: SettingChange): Promise<SettingValues>;
    #private;
}
export type SettingValues = import("../types/control-api.d.ts").components["schemas"]["Settings"];
export type SettingChange = import("../types/control-api.d.ts").components["schemas"]["Change"];
