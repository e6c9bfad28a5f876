// Prints how many audiences a client made of the contract finds: node call.js URL HEADERS
import createClient from "openapi-fetch";
import type { paths } from "./types.js";

const client = createClient<paths>({ baseUrl: process.argv[2], headers: JSON.parse(process.argv[3]) });
const { data, error } = await client.POST("/v1/audiences/get", { body: { limit: 5 } });
if (!data) throw new Error(JSON.stringify(error));
console.log(data.length);
