/** Vitest's `globalSetup`: one server for all workers. */

import { startServer } from "./server.js";

/** Start the server, unless `MOCKSERVER_URL` names one; returns the function that ends it. */
export default async function setup() {
  const server = await startServer();
  return () => server.stop();
}
