// Prints how many properties a client made of the contract finds: node call.js URL HEADERS
import createClient from "openapi-fetch";
import type { paths } from "./types.js";

const client = createClient<paths>({
  baseUrl: process.argv[2],
  headers: { Accept: "application/json", ...JSON.parse(process.argv[3]) },
});
const { data, error } = await client.GET("/integrationservice/contact/properties/list");
if (!data) throw new Error(JSON.stringify(error));
console.log(data.length);
