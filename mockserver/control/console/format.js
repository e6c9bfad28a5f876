/* Values as people read them. Times are UTC, as the world's clock is. */

const number_ = new Intl.NumberFormat("en-GB");
const dateOf = moment => moment instanceof Date ? moment : new Date(moment);
const pad = n => String(n).padStart(2, "0");

/** 12,345 */
export const number = n => number_.format(n);

/** `1 call`, `12 calls`, `2 people` (with `many`). */
export const plural = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;

/** 2026-01-05 */
export const date = moment => dateOf(moment).toISOString().slice(0, 10);

/** 09:00:00 */
export const time = moment => dateOf(moment).toISOString().slice(11, 19);

/** 2026-01-05 09:00:00 */
export const moment = value => `${date(value)} ${time(value)}`;

/** Mon 5 Jan 2026 */
export const day = value => dateOf(value).toLocaleDateString("en-GB",
  {weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC"});

/** Microseconds: 410 µs, 1.2 ms, 3.4 s */
export function duration(us) {
  if (us < 1000) return `${us} µs`;
  if (us < 1e6) return `${(us / 1000).toFixed(us < 1e4 ? 1 : 0)} ms`;
  return `${(us / 1e6).toFixed(us < 1e7 ? 1 : 0)} s`;
}

/** Seconds: 45 s, 12 min, 3 h 20 min, 2 d 4 h */
export function span(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.round(s / 60)} min`;
  if (s < 86400) return [`${Math.floor(s / 3600)} h`, s % 3600 >= 60 && `${Math.floor(s % 3600 / 60)} min`].filter(Boolean).join(" ");
  return [`${number(Math.floor(s / 86400))} d`, s % 86400 >= 3600 && `${Math.floor(s % 86400 / 3600)} h`].filter(Boolean).join(" ");
}

/** `in 3 h`, `2 d ago`, `now`, relative to another moment. */
export function relative(value, to) {
  const seconds = (dateOf(value) - dateOf(to)) / 1000;
  if (Math.abs(seconds) < 1) return "now";
  return seconds > 0 ? `in ${span(seconds)}` : `${span(-seconds)} ago`;
}

/** Bytes of a text: 340 B, 12 kB, 1.4 MB */
export function size(text) {
  const bytes = typeof text === "number" ? text : new TextEncoder().encode(text).length;
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1000).toFixed(bytes < 1e4 ? 1 : 0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** The start of a text, with … where something is left out. */
export const clip = (text, length = 80) => text.length > length ? `${text.slice(0, length - 1)}…` : text;

/** `get_audiences` as `get audiences`, for titles. */
export const words = name => String(name).replace(/[_-]+/g, " ");

/** JSON text laid out, or the text itself. */
export function pretty(text) {
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
}

/** The parsed JSON, or undefined. */
export function parsed(text) {
  try { return JSON.parse(text); } catch { return undefined; }
}
