/* Charts drawn as SVG, each with its numbers as a table behind it. */

import {h, svg} from "./dom.js";
import {number} from "./format.js";

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [innerWidth < 600 ? 320 : 480, 200, 40, 8, 10, 22]; // narrow: letters stay readable

/** A figure with a caption, a drawing and its table. `rows`: lists of cells; the first cell of a row is its header. */
export const figure = (caption, drawing, head, rows, note) => h("figure", {class: "chart card stack"}, h("figcaption", {}, h("strong", {}, caption), note && h("small", {}, " ", note)), drawing,
  h("details", {}, h("summary", {class: "soft"}, "As a table"), h("div", {class: "scroll low", tabindex: "0", role: "group", "aria-label": caption}, h("table", {class: "table"}, h("caption", {class: "offscreen"}, caption),
    h("thead", {}, h("tr", {}, head.map((one, index) => h("th", {scope: "col", class: index ? "number" : null}, one)))),
    h("tbody", {}, rows.map(([name, ...cells]) => h("tr", {}, h("th", {scope: "row"}, name), cells.map(cell => h("td", {class: "number"}, typeof cell === "number" ? number(cell) : cell)))))))));

/** A round number that is at least `most`. */
export function ceiling(most) {
  const power = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
  return [1, 2, 5, 10].map(one => one * power).find(one => one >= most);
}

const frame = (label, top, names, inner) => svg("svg", {viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label, class: "plot"},
  [0, .5, 1].map(share => { const y = yOf(share, 1); return [svg("line", {x1: LEFT, x2: WIDTH - RIGHT, y1: y, y2: y, class: "grid"}), svg("text", {x: LEFT - 6, y: y + 4, "text-anchor": "end"}, number(Math.round(top * share * 10) / 10))]; }),
  inner, ticks(names).map(([x, name, anchor]) => svg("text", {x, y: HEIGHT - 6, "text-anchor": anchor}, name)));

const yOf = (value, top) => HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM);
const xOf = (index, count) => LEFT + (count < 2 ? .5 : index / (count - 1)) * (WIDTH - LEFT - RIGHT);
const ticks = names => [...new Set([0, Math.floor((names.length - 1) / 2), names.length - 1])].filter(index => index >= 0)
  .map(index => [xOf(index, names.length), names[index], index === 0 ? "start" : index === names.length - 1 ? "end" : "middle"]);

/** Lines over time: `series` of `{name, values}`, the values as long as `names`. */
export function lines(label, names, series) {
  const top = ceiling(Math.max(1, ...series.flatMap(one => one.values)));
  return frame(label, top, names, series.map((one, index) => {
    const points = one.values.map((value, at) => `${xOf(at, names.length).toFixed(1)},${yOf(value, top).toFixed(1)}`);
    return [svg("polyline", {points: points.join(" "), class: `line c${index % 6}`}, svg("title", {}, one.name)), points.length === 1 && svg("circle", {cx: xOf(0, 1), cy: yOf(one.values[0], top), r: 3, class: `dot c${index % 6}`})];
  }));
}

/** Bars over time, above the axis and optionally below it: `up` and `down` are lists of numbers. */
export function bars(label, names, up, down = []) {
  const top = ceiling(Math.max(1, ...up.map((value, index) => value + (down[index] ?? 0))));
  const step = (WIDTH - LEFT - RIGHT) / Math.max(names.length, 1);
  return frame(label, top, names, up.map((value, index) => {
    const other = down[index] ?? 0;
    const bar = (kind, from, size) => size > 0 && svg("rect", {x: LEFT + index * step + step * .12, width: Math.max(1, step * .76), y: yOf(from + size, top), height: Math.max(1, yOf(from, top) - yOf(from + size, top)), class: kind},
      svg("title", {}, `${names[index]}: ${number(size)}`));
    return [bar("up", 0, value), bar("down", value, other)];
  }));
}

/** Shares of a whole as horizontal bars: `[name, value]` pairs. */
export const shares = (pairs, whole) => h("ul", {class: "shares"}, pairs.map(([name, value]) => h("li", {}, h("span", {}, name), h("span", {class: "bar", "aria-hidden": "true", style: {"--own": `${100 * value / (whole || 1)}%`}}, h("i", {})),
  h("span", {class: "number"}, number(value)))));

/** The names of the series with their colours. */
export const key = series => h("ul", {class: "keys"}, series.map((one, index) => h("li", {}, h("i", {class: `cell c${index % 6}`}), one.name)));
