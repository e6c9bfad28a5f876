/* Elements from values. Text becomes text nodes only: nothing that a caller sent is parsed as markup. */

const SVG = "http://www.w3.org/2000/svg";
const SAFE_LINK = /^(https?:\/\/|[#/?.]|blob:)/i;

/** The element `tag` with properties and children.
 *
 * A property that is a function listens (`onclick`), `class` may be a list (false ones are left out), `style` is an object
 * (`{"--share": "40%"}`), true and false set or leave out an attribute, null and undefined leave it out; any other
 * value is an attribute. Children are nodes, texts, numbers and lists of them; null, undefined and false are left out. */
export function h(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** As `h`, an SVG element. */
export function svg(tag, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

/** Puts the children in the place of what the node has, and returns the node. */
export function replace(node, ...children) {
  node.replaceChildren(...nodes(children));
  return node;
}

export function append(node, ...children) {
  node.append(...nodes(children));
  return node;
}

function nodes(children) {
  return children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false && child !== true)
    .map(child => child instanceof Node ? child : document.createTextNode(String(child)));
}

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.replace(/^on/, ""), value);
    else if (name === "class") element.setAttribute("class", [value].flat().filter(Boolean).join(" "));
    else if (name === "style") for (const [key, one] of Object.entries(value)) element.style.setProperty(key, one);
    else if (name === "value") element.value = value;
    else if (name === "href" && !SAFE_LINK.test(value)) continue;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...nodes(children));
  return element;
}
