/* Values as people read them. Times are UTC, as the world's clock is. */

const numbers = new Intl.NumberFormat("en-GB");
const iso = moment => new Date(moment).toISOString();

export const number = n => numbers.format(n); // 12,345
export const plural = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`; // 1 call, 12 calls, 2 people
export const date = moment => iso(moment).slice(0, 10); // 2026-01-05
export const time = moment => iso(moment).slice(11, 19); // 09:00:00
export const moment = value => `${date(value)} ${time(value)}`;
export const day = value => new Date(value).toLocaleDateString("en-GB", {weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC"});

/** Microseconds: 410 µs, 1.2 ms, 3.4 s */
export function duration(us) {
  const [size, unit] = [[1e6, "s"], [1e3, "ms"]].find(([least]) => us >= least) ?? [1, "µs"];
  return `${Number((us / size).toPrecision(2))} ${unit}`;
}

/** Seconds: 45 s, 12 min 5 s, 3 h 20 min, 2 d */
export function span(seconds) {
  let rest = Math.round(seconds);
  const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]].map(([size, unit]) => {
    const n = Math.floor(rest / size);
    rest %= size;
    return n > 0 && `${number(n)} ${unit}`;
  });
  return joined(parts.slice(parts.findIndex(Boolean)).slice(0, 2), " ") || "0 s";
}

export const secondsTo = (from, to) => (Date.parse(to) - Date.parse(from)) / 1000;

/** `in 3 h`, `2 d ago`, `now`, relative to another moment. */
export function relative(value, to) {
  const seconds = secondsTo(to, value);
  if (Math.abs(seconds) < 1) return "now";
  return seconds > 0 ? `in ${span(seconds)}` : `${span(-seconds)} ago`;
}

export const clip = (text, length) => text.length > length ? `${text.slice(0, length - 1)}…` : text;

export const words = name => String(name).replace(/[_-]+/g, " "); // get audiences, of get_audiences
export const sentence = name => words(name).replace(/^./, first => first.toUpperCase());

/** A text of a contract without the marks of Markdown. */
export const plain = text => (text ?? "").replace(/[`*]/g, "");

/** A text as it is, any other value as JSON. */
export const textOf = value => typeof value === "string" ? value : JSON.stringify(value);

/** Texts and values in a line, without the empty ones. */
export const joined = (parts, by = ", ") => parts.filter(Boolean).join(by);

/** JSON, or undefined. */
export function parsed(text) {
  try { return JSON.parse(text); } catch { return undefined; }
}

/** JSON text laid out, or the text itself. */
export const pretty = text => parsed(text) === undefined ? text : JSON.stringify(parsed(text), null, 2);
