/* Charts drawn as SVG, each with its numbers as a table behind it. */

import {h, number, svg, table} from "./view.js";

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [innerWidth < 600 ? 320 : 480, 200, 40, 8, 10, 22]; // narrow: letters stay readable

/** A figure with a caption, a drawing and its table. `rows`: lists of cells; the first cell of a row is its header. */
export const figure = (caption, drawing, head, rows, note) => h("figure.card.stack", h("figcaption", h("strong", caption), note && h("small", " ", note)), drawing,
  h("details", h("summary.soft", "As a table"), h(".scroll.low", {tabindex: "0", role: "group", "aria-label": caption},
    table(caption, head.map((title, at) => [title, row => at ? number(row[at]) : row[at], at && "number"]), rows))));

/** A round number that is at least `most`. */
function ceiling(most) {
  const power = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
  return [1, 2, 5, 10].map(one => one * power).find(one => one >= most);
}

const yOf = share => HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
const xOf = (index, count) => LEFT + (count < 2 ? .5 : index / (count - 1)) * (WIDTH - LEFT - RIGHT);

function frame(label, top, names, inner) {
  const last = names.length - 1;
  const ticks = [...new Set([0, Math.floor(last / 2), last])].filter(index => index >= 0);
  return svg("svg.plot", {viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label},
    [0, .5, 1].map(share => [svg("line.grid", {x1: LEFT, x2: WIDTH - RIGHT, y1: yOf(share), y2: yOf(share)}), svg("text", {x: LEFT - 6, y: yOf(share) + 4, "text-anchor": "end"}, number(Math.round(top * share * 10) / 10))]),
    inner, ticks.map(index => svg("text", {x: xOf(index, names.length), y: HEIGHT - 6, "text-anchor": index === 0 ? "start" : index === last ? "end" : "middle"}, names[index])));
}

/** Lines over time: `series` of `{name, values}`, the values as long as `names`. */
export function lines(label, names, series) {
  const top = ceiling(Math.max(...series.flatMap(one => one.values)));
  return frame(label, top, names, series.map(({name, values}, index) => {
    const points = values.map((value, at) => [xOf(at, names.length), yOf(value / top)].map(one => one.toFixed(1)));
    const [[cx, cy]] = points;
    return [svg(`polyline.line.c${index}`, {points: points.join(" ")}, svg("title", name)), !points[1] && svg(`circle.dot.c${index}`, {cx, cy, r: 3})];
  }));
}

/** Bars over time, `down` above `up`: lists of numbers. */
export function bars(label, names, up, down) {
  const top = ceiling(Math.max(...up.map((value, index) => value + down[index])));
  const step = (WIDTH - LEFT - RIGHT) / names.length;
  const bar = (kind, index, from, size) => size > 0 && svg(`rect.${kind}`, {x: LEFT + index * step + step * .12, width: Math.max(1, step * .76), y: yOf((from + size) / top), height: Math.max(1, yOf(0) - yOf(size / top))},
    svg("title", `${names[index]}: ${number(size)}`));
  return frame(label, top, names, up.map((value, index) => [bar("up", index, 0, value), bar("down", index, value, down[index])]));
}

/** A share of a whole as a bar, and a second one after it. */
export const meter = (own, whole, other = 0) => h(".bar", {"aria-hidden": true, style: {"--own": `${100 * own / (whole || 1)}%`, "--other": `${100 * other / (whole || 1)}%`}}, h("i"), h("i"));

/** Shares of a whole as horizontal bars: `[name, value]` pairs. */
export const shares = (pairs, whole) => h("ul.shares", pairs.map(([name, value]) => h("li", h("span", name), meter(value, whole), h("span.number", number(value)))));

/** The names of the colours: `[class of the colour, name]`. */
export const key = pairs => h("ul.row.keys", pairs.map(([colour, name]) => h("li", h("i.cell", {class: colour}), name)));
