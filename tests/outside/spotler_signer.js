// Signs calls with oauth-1.0a and sends them: `node spotler_signer.js NODE_MODULES BASE_URL KEY SECRET`.
// Prints a line of JSON for each call.
const crypto = require("crypto");
const http = require("http");
const [modules, base, key, secret] = process.argv.slice(2);
const OAuth = require(`${modules}/oauth-1.0a`);

const PATHS = [
  ["GET", "/contact/properties/list"],
  ["GET", "/contact/c%2F1"],
  ["GET", "/contact/a%40b%3Ac%20d"],
  ["GET", "/contact/search?pageSize=1&MPSearchQuery=email%3Djan%2Bx%40example.com"],
  ["PUT", "/contact/inactivate/c%2F1"],
  ["DELETE", "/templist/nope"],
];

const oauth = OAuth({
  consumer: { key, secret },
  signature_method: "HMAC-SHA1",
  hash_function: (text, with_key) => crypto.createHmac("sha1", with_key).update(text).digest("base64"),
});

function send(place, method, path) {
  let url = base + path;
  const data = oauth.authorize({ url, method });
  const headers = { Accept: "application/json" };
  if (place === "header") {
    Object.assign(headers, oauth.toHeader(data));
  } else {
    const own = Object.entries(data).filter(([name]) => name.startsWith("oauth_"));
    const query = own.map(([name, text]) => `${oauth.percentEncode(name)}=${oauth.percentEncode(text)}`);
    url += (url.includes("?") ? "&" : "?") + query.join("&");
  }
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers }, (reply) => {
      reply.resume();
      reply.on("end", () => resolve({ place, method, path, status: reply.statusCode }));
    });
    request.on("error", reject);
    request.end();
  });
}

(async () => {
  for (const place of ["header", "query"]) {
    for (const [method, path] of PATHS) {
      console.log(JSON.stringify(await send(place, method, path)));
    }
  }
})();
