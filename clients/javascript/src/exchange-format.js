/**
 * Formats exchanges of a journal as text, as the pytest plugin does.
 *
 * Text from a caller is escaped, so that it can neither start a new line nor control the terminal.
 */

/**
 * @typedef {import("./journal.js").Exchange} Exchange
 * @typedef {Exchange["violations"][number]} Violation
 */

const MAX_BODY_LENGTH = 400;
const CONTROL_CHARACTERS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * The exchanges with their bodies, and for each violation its location, the expected and the actual value.
 * @param {Exchange[]} exchanges
 * @returns {string}
 */
export function formatExchanges(exchanges) {
  return exchanges.map((exchange) => [...details(exchange)].map(escape).join("\n")).join("\n\n");
}

/**
 * `POST /<vendor>/<path> -> 400 problem`, without the world's part of the URL.
 * @param {Exchange} exchange
 * @returns {string}
 */
export function formatSummary({ call, reply, problem, vendor }) {
  const [, query] = call.url.split(/\?(.*)/s);
  const target = `${vendor ? `/${vendor}` : ""}${call.path}${query === undefined ? "" : `?${query}`}`;
  return escape(`${call.method} ${target} -> ${reply.status} ${problem ?? ""}`.trimEnd());
}

/** @param {Exchange} exchange */
function* details(exchange) {
  const { call, reply, flaw, fault, nearest, why } = exchange;
  yield `  ${flaw ? `${flaw.replace("_", " ")}: ` : ""}${formatSummary(exchange)}`;
  for (const violation of exchange.violations) {
    yield `    ${violation.side === "call" ? "wrong:   " : "broken:  "} ${formatViolation(violation)}`;
  }
  for (const { place, pointer, nearest: known } of exchange.unknown) {
    yield `    unknown:  ${place}${pointer}${known ? `, nearest: ${known}` : ""}`;
  }
  if (fault) yield `    fault:    ${fault.id} (${fault.kind})`;
  yield `    sent:     ${shorten(call.body)}`;
  yield `    answered: ${shorten(reply.body)}`;
  if (why) yield `    why:      ${why}`;
  for (const remark of exchange.remarks) yield `    remark:   ${remark}`;
  if (flaw && flaw !== "broken_promise") yield `    nearest:  ${nearest ?? "no similar operation"}`;
}

/** @param {Violation} violation */
function formatViolation({ place, pointer, message, expected, value, nearest }) {
  if (!expected) return `${place}${pointer}: ${message}`;
  const text = `${place}${pointer}: expected ${expected}, got ${value ?? "nothing"}`;
  return nearest ? `${text}; nearest: ${nearest}` : text;
}

/** @param {string} body */
function shorten(body) {
  const text = body.trim().split(/\s+/).join(" ");
  if (text.length <= MAX_BODY_LENGTH) return text || "no body";
  return `${text.slice(0, MAX_BODY_LENGTH)} … (${text.length} characters)`;
}

/** @param {string} text */
function escape(text) {
  return text.replace(CONTROL_CHARACTERS, (character) => {
    const code = /** @type {number} */ (character.codePointAt(0));
    return `\\u{${code.toString(16)}}`;
  });
}
