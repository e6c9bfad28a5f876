// Prints how many vendors a client made of the contract finds: node call.js URL HEADERS
import createClient from "openapi-fetch";
import type { paths } from "./types.js";

const client = createClient<paths>({ baseUrl: process.argv[2], headers: JSON.parse(process.argv[3]) });
const { data } = await client.GET("/vendors");
if (!data) throw new Error("no vendors");
console.log(data.vendors.filter((vendor) => vendor.url.endsWith(vendor.name)).length);
