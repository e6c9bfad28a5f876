/**
 * Start a server on a free loopback port, and name it to child processes in `MOCKSERVER_URL`.
 *
 * There is one server per process tree: if `MOCKSERVER_URL` names one, it is used, and further calls share the server of
 * the first. It ends when every caller has stopped it, or with this process.
 * @param {ServerOptions} [options]
 * @returns {Promise<RunningServer>}
 */
export function startServer(options?: ServerOptions): Promise<RunningServer>;
/**
 * The server that `MOCKSERVER_URL` names, or else one that is started and ends with this process.
 * @returns {Promise<Control>}
 */
export function findServer(): Promise<Control>;
/** A server that runs; `stop` ends it if `startServer` started it and no other caller uses it. */
export class RunningServer {
    /**
     * @param {string} url
     * @param {() => Promise<void>} release
     */
    constructor(url: string, release: () => Promise<void>);
    url: string;
    control: Control;
    /** End the server, unless another caller uses it or it was running before. */
    stop(): Promise<void>;
    [Symbol.asyncDispose](): Promise<void>;
    #private;
}
export type Keeper = import("node:child_process").ChildProcessByStdio<import("node:net").Socket, import("node:net").Socket, import("node:net").Socket>;
export type Started = {
    url: string;
    keeper: Keeper;
};
export type Shared = {
    starting: Promise<Started> | null;
    holders: number;
};
export type ServerOptions = {
    /**
     * how to call `mockserver`; by default `mockserver` on the PATH, else
     * `python3 -m mockserver`, else `python -m mockserver`
     */
    command?: string[];
    /**
     * the vendors to serve; by default, all
     */
    vendors?: string[];
    /**
     * further options of `mockserver serve`, such as `["--seed", "7"]`
     */
    options?: string[];
    /**
     * seconds to wait until the server is ready; by default, 60
     */
    timeout?: number;
};
import { Control } from "./control.js";
