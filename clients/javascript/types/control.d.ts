/**
 * @typedef {import("../types/control-api.d.ts").components["schemas"]} Schemas
 * @typedef {Schemas["Health"]} Health
 * @typedef {Schemas["Vendor"]} Vendor
 */
/**
 * @typedef {object} WorldOptions
 * @property {string} [name] by default, a generated name
 * @property {string | Schemas["ScenarioContent"]} [scenario] a name, or the content of a scenario file
 * @property {number} [seed] the same seed gives the same world
 * @property {number} [people] the number of people
 * @property {import("./clock.js").Moment} [now] the time at which the clock is frozen until it is changed
 * @property {import("./settings.js").SettingChange} [settings] settings, which a reset restores
 * @property {string} [label] the owner of the world in coverage reports
 * @property {string[]} [vendors] the vendors that the test needs; an error names one that the server does not serve
 */
/** A running server, given by its base URL (as `mockserver serve` prints it) and its token. */
export class Control {
    /**
     * @param {string} url
     * @param {{token?: string | undefined}} [options] the token is `MOCKSERVER_TOKEN` by default
     */
    constructor(url: string, { token }?: {
        token?: string | undefined;
    });
    /** The base URL of the server. */
    get url(): string;
    /**
     * Status, version, vendors and number of worlds of the server.
     * @returns {Promise<Health>}
     */
    health(): Promise<Health>;
    /**
     * The vendors, each with its name, base URL, operations and backstage actions.
     * @returns {Promise<Vendor[]>}
     */
    vendors(): Promise<Vendor[]>;
    /**
     * All worlds, oldest first.
     * @returns {Promise<World[]>}
     */
    worlds(): Promise<World[]>;
    /** The world with this name. */
    world(name?: string): Promise<World>;
    /**
     * Create a world; options left out take the server's defaults.
     * @param {WorldOptions} [options]
     */
    createWorld({ vendors, ...options }?: WorldOptions): Promise<World>;
    #private;
}
export type Schemas = import("../types/control-api.d.ts").components["schemas"];
export type Health = Schemas["Health"];
export type Vendor = Schemas["Vendor"];
export type WorldOptions = {
    /**
     * by default, a generated name
     */
    name?: string;
    /**
     * a name, or the content of a scenario file
     */
    scenario?: string | Schemas["ScenarioContent"];
    /**
     * the same seed gives the same world
     */
    seed?: number;
    /**
     * the number of people
     */
    people?: number;
    /**
     * the time at which the clock is frozen until it is changed
     */
    now?: import("./clock.js").Moment;
    /**
     * settings, which a reset restores
     */
    settings?: import("./settings.js").SettingChange;
    /**
     * the owner of the world in coverage reports
     */
    label?: string;
    /**
     * the vendors that the test needs; an error names one that the server does not serve
     */
    vendors?: string[];
};
import { World } from "./world.js";
