/* Charts drawn as SVG, each with its numbers as a table behind it. */

import {h, number, svg, table} from "./view.js";

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [innerWidth < 600 ? 320 : 480, 200, 40, 8, 10, 22]; // narrow: letters stay readable

/** A figure of numbers over time, drawn as `lines` or `bars`. `series`: `{name, values}`, the values as long as `names`. */
export function figure(caption, draw, unit, names, series, note) {
  const rows = names.map((name, at) => [name, ...series.map(one => one.values[at])]).filter(([, ...values]) => values.some(Boolean)).reverse();
  const columns = series.map(({name}, at) => [name, row => number(row[at + 1]), "number"]);
  return h("figure.card.stack", h("figcaption", h("strong", caption), h("small", " ", note)), draw(`${caption} from ${names[0]} to ${names.at(-1)}`, names, series),
    key(series.map(({name}, index) => [`c${index}`, name])),
    h("details", h("summary.soft", "As a table"), h(".scroll.low", {tabindex: "0", role: "group", "aria-label": caption}, table(caption, [[unit, ([name]) => name], ...columns], rows))));
}

/** What colours mean: `[class, text]` pairs. */
export const key = pairs => h("ul.row.keys", pairs.map(([colour, text]) => h("li", h("i.cell", {class: colour}), text)));

/** A round number that is at least `most`. */
function ceiling(most) {
  const power = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
  return [1, 2, 5, 10].map(one => one * power).find(one => one >= most);
}

const yOf = share => HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
const xOf = share => LEFT + share * (WIDTH - LEFT - RIGHT);
const shareOf = (index, count) => count < 2 ? .5 : index / (count - 1);

/** A text at a share of the width: within the edges. */
export const tick = (share, x, y, text) => svg("text", {x, y, "text-anchor": share === 0 ? "start" : share === 1 ? "end" : "middle"}, text);

function frame(label, top, names, inner) {
  const last = names.length - 1;
  return svg("svg.plot", {viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label},
    [0, .5, 1].map(share => [svg("line.grid", {x1: LEFT, x2: WIDTH - RIGHT, y1: yOf(share), y2: yOf(share)}), tick(1, LEFT - 6, yOf(share) + 4, number(Math.round(top * share * 10) / 10))]),
    inner, [...new Set([0, last >> 1, last])].map(index => { const share = shareOf(index, names.length); return tick(share, xOf(share), HEIGHT - 6, names[index]); }));
}

export function lines(label, names, series) {
  const top = ceiling(Math.max(...series.flatMap(one => one.values)));
  return frame(label, top, names, series.map(({name, values}, index) => {
    const points = values.map((value, at) => [xOf(shareOf(at, names.length)), yOf(value / top)].map(one => one.toFixed(1)));
    return svg(`polyline.line.c${index}`, {points: [points[0], ...points].join(" ")}, svg("title", name)); // a single point, too, is a line
  }));
}

/** Bars, those of one series above those of another. */
export function bars(label, names, series) {
  const top = ceiling(Math.max(...names.map((_, at) => series.reduce((sum, one) => sum + one.values[at], 0))));
  const step = (WIDTH - LEFT - RIGHT) / names.length;
  return frame(label, top, names, names.map((name, at) => {
    let sum = 0;
    return series.map(({values: {[at]: value}}, index) => value > 0 && svg(`rect.c${index}`, {x: LEFT + (at + .12) * step, width: Math.max(1, step * .76), y: yOf((sum += value) / top), height: Math.max(1, yOf(0) - yOf(value / top))},
      svg("title", `${name}: ${number(value)}`)));
  }));
}

/** A share of a whole as a bar, and a second one after it. */
export const meter = (own, whole, other = 0) => h(".bar", {"aria-hidden": true, style: {"--own": `${100 * own / whole}%`, "--both": `${100 * (own + other) / whole}%`}});

/** Shares of a whole as horizontal bars: `[name, value]` pairs. */
export const shares = (pairs, whole) => h("ul.shares", pairs.map(([name, value]) => h("li", h("span", name), meter(value, whole), h("span.number", number(value)))));
