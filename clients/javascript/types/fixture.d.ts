/** The world of one test, with the exchanges that fail it. */
export class TestWorld {
    /**
     * Create the world of a test.
     * @param {string} label
     * @param {TestWorldOptions} options
     */
    static create(label: string, { strict, ...options }: TestWorldOptions): Promise<TestWorld>;
    /**
     * @param {World} world
     * @param {boolean | undefined} strict
     */
    constructor(world: World, strict: boolean | undefined);
    world: import("./world.js").World;
    /** The last exchanges as text, for the message of a failed test. */
    lastExchanges(): Promise<string>;
    /**
     * Delete the world; returns the message of the failure that its calls cause, "" if there is none.
     * @returns {Promise<string>}
     */
    finish(): Promise<string>;
    #private;
}
export type Exchange = import("./journal.js").Exchange;
export type World = import("./world.js").World;
export type Strictness = {
    /**
     * what fails a test besides its assertions. By default, calls to vendors, paths and methods
     * that no contract has, and replies of the server that violate the contract; `false`: only the latter; `true`: also
     * calls that the contract does not allow, even if the client ignored the error response
     */
    strict?: boolean;
};
export type TestWorldOptions = Omit<import("./control.js").WorldOptions, "name" | "label"> & Strictness;
