/** Start the server, unless `MOCKSERVER_URL` names one; returns the function that ends it. */
export default function setup(): Promise<() => Promise<void>>;
