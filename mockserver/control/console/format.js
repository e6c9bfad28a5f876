/* Values as people read them. Times are UTC, as the world's clock is. */

const numbers = new Intl.NumberFormat("en-GB");
const iso = moment => new Date(moment).toISOString();

/** 12,345 */
export const number = n => numbers.format(n);

/** `1 call`, `12 calls`, `2 people` (with `many`). */
export const plural = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;

/** 2026-01-05 */
export const date = moment => iso(moment).slice(0, 10);

/** 09:00:00 */
export const time = moment => iso(moment).slice(11, 19);

/** 2026-01-05 09:00:00 */
export const moment = value => `${date(value)} ${time(value)}`;

/** Mon, 5 Jan 2026 */
export const day = value => new Date(value).toLocaleDateString("en-GB", {weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC"});

/** Microseconds: 410 µs, 1.2 ms, 3.4 s */
export function duration(us) {
  const [size, unit] = [[1e6, "s"], [1e3, "ms"]].find(([least]) => us >= least) ?? [1, "µs"];
  return `${Number((us / size).toPrecision(2))} ${unit}`;
}

/** Seconds: 45 s, 12 min 5 s, 3 h 20 min, 2 d */
export function span(seconds) {
  const s = Math.round(seconds);
  const parts = [[Math.floor(s / 86400), "d"], [Math.floor(s / 3600) % 24, "h"], [Math.floor(s / 60) % 60, "min"], [s % 60, "s"]];
  const first = parts.findIndex(([n]) => n > 0);
  return parts.slice(first, first + 2).filter(([n]) => n > 0).map(([n, unit]) => `${number(n)} ${unit}`).join(" ") || "0 s";
}

/** `in 3 h`, `2 d ago`, `now`, relative to another moment. */
export function relative(value, to) {
  const seconds = (new Date(value) - new Date(to)) / 1000;
  if (Math.abs(seconds) < 1) return "now";
  return seconds > 0 ? `in ${span(seconds)}` : `${span(-seconds)} ago`;
}

/** The start of a text, with … where something is left out. */
export const clip = (text, length = 80) => text.length > length ? `${text.slice(0, length - 1)}…` : text;

/** `get_audiences` as `get audiences`, for titles. */
export const words = name => String(name).replace(/[_-]+/g, " ");

export const sentence = name => words(name).replace(/^./, first => first.toUpperCase());

/** A text of a contract without the marks of Markdown. */
export const plain = text => (text ?? "").replace(/[`*]/g, "");

/** Texts and values in a line, without the empty ones. */
export const joined = (parts, by = ", ") => parts.filter(Boolean).join(by);

/** JSON, or undefined. */
export function parsed(text) {
  try { return JSON.parse(text); } catch { return undefined; }
}

/** JSON text laid out, or the text itself. */
export const pretty = text => parsed(text) === undefined ? text : JSON.stringify(parsed(text), null, 2);
