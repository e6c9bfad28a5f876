/* Calls: the live list of the exchanges of a world. */

import {heading} from "../view.js";
import {append} from "../dom.js";

export const title = "Calls";

export function show(root) {
  append(root, heading("Calls"));
}
