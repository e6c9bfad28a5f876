/* Elements from values. Text becomes text nodes only: nothing that a caller sent is parsed as markup. */

const SVG = "http://www.w3.org/2000/svg";
const SAFE_LINK = /^(https?:|[#/])/i;

/** The element of a selector such as `li.card.wide` (`.row` is a `div`), with properties, if the next argument is a plain
 * object, and children: nodes, texts, numbers and lists of them; null, undefined, true and false are left out.
 *
 * A property that is a function listens (`onclick`), `class` adds names, `style` is an object (`{"--share": "40%"}`),
 * true sets an attribute, and null, undefined and false leave it out. */
export const h = (selector, ...rest) => make(selector, tag => document.createElement(tag), rest);

/** As `h`, an SVG element. */
export const svg = (selector, ...rest) => make(selector, tag => document.createElementNS(SVG, tag), rest);

/** Puts the children in the place of what the node has, and returns the node. A control that is made anew keeps the focus. */
export function fill(node, ...children) {
  const focused = node.contains(document.activeElement) && nameOf(document.activeElement);
  node.replaceChildren(...nodes(children));
  if (focused) [...node.querySelectorAll("a, button, input, select")].find(one => nameOf(one) === focused)?.focus({preventScroll: true});
  return node;
}

const nameOf = control => control.getAttribute("href") ?? control.ariaLabel ?? (control.name || control.textContent);

export function append(node, ...children) {
  node.append(...nodes(children));
  return node;
}

const nodes = children => children.flat(Infinity).filter(child => child != null && typeof child !== "boolean")
  .map(child => child instanceof Node ? child : document.createTextNode(String(child)));

function make(selector, create, rest) {
  const [tag, ...classes] = selector.split(".");
  const element = create(tag || "div");
  const isPlain = rest[0] && Object.getPrototypeOf(rest[0]) === Object.prototype;
  const {class: more, ...properties} = isPlain ? rest.shift() : {};
  if (more) classes.push(more);
  if (classes.length) element.setAttribute("class", classes.join(" "));
  for (const [name, value] of Object.entries(properties)) {
    if (value == null || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.replace(/^on/, ""), value);
    else if (name === "style") for (const [key, one] of Object.entries(value)) element.style.setProperty(key, one);
    else if (name === "value") element.value = value;
    else if (name !== "href" || SAFE_LINK.test(value)) element.setAttribute(name, value === true && !name.startsWith("aria-") ? "" : value);
  }
  return append(element, rest);
}
