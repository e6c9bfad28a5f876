/* A form made from a JSON Schema: for faults, backstage actions and calls to try.

   A part of it is `{element, value()}`; one with a single `input` has a `hint` too, and gets its label from outside. */

import {field, fill, fold, h, joined, select, soft, words} from "./view.js";

/** A form for a value of the schema. `root`: the document in which `$ref` is looked up; `value`: what it starts with;
 * `name`: how member names are shown. `read()` throws an Error with the member's name if the input cannot be read. */
export function schemaForm(schema, root, value, name = one => one) {
  const part = partOf(resolve(schema, root), value, {root, name}, 0);
  return Object.assign(h(".schema-form.stack", elementOf(part)), {read: part.value});
}

/** The value at a JSON pointer, or undefined. */
export const at = (value, pointer) => pointer.split("/").slice(1).reduce((found, part) => found?.[part.replaceAll("~1", "/").replaceAll("~0", "~")], value);

/** The schema with `$ref` and `allOf` followed. */
export function resolve(schema, root) {
  const {$ref, ...rest} = schema ?? {};
  if ($ref) return resolve({...at(root, decodeURIComponent($ref)), ...rest}, root);
  const {allOf = [], ...own} = rest;
  return allOf.map(one => resolve(one, root)).reduce((all, one) => ({...all, ...one, properties: {...all.properties, ...one.properties}, required: [...all.required ?? [], ...one.required ?? []]}), own);
}

/** The example of a body or parameter, or the first one of several. */
export const exampleOf = ({example, examples = {}}, root) => example ?? resolve(Object.values(examples)[0], root).value;

const elementOf = ({element, input}) => element ?? Object.assign(input, {ariaLabel: "Value"});
const typesOf = schema => [schema.type].flat().filter(type => type && type !== "null");
const typeOf = schema => typesOf(schema)[0] ?? (schema.properties ? "object" : schema.items ? "array" : undefined);
const isSimple = schema => typesOf(schema).length === 1 && ["string", "integer", "number", "boolean"].includes(typeOf(schema));

function partOf(schema, value, form, depth, required = true) {
  const variants = (schema.oneOf ?? schema.anyOf ?? []).map(one => resolve(one, form.root));
  if (variants.length > 1 && depth < 3) return variantPart(schema, variants.filter(one => one.type !== "null"), value, form, depth);
  if (Object.keys(schema.properties ?? {}).length && depth < 3) return objectPart(schema, value, form, depth);
  const {input, hint, read} = inputFor(schema, value, required, resolve(schema.items, form.root));
  return {input, hint, value: () => input.value.trim() === "" ? undefined : read(input.value)};
}

/** The value that tells a variant from others: of its first member that is constant. */
const kindOf = schema => Object.entries(schema.properties ?? {}).find(([, property]) => property.const !== undefined) ?? [];

function variantPart({oneOf, anyOf, ...shared}, variants, value, form, depth) {
  const body = h(".stack");
  let part;
  const choose = index => {
    const schema = shared.properties ? resolve({allOf: [shared, variants[index]]}, form.root) : variants[index];
    part = partOf(schema, value, form, depth + 1);
    fill(body, schema.description && soft(schema.description), elementOf(part));
  };
  const first = Math.max(0, variants.findIndex(one => { const [name, kind] = kindOf(one); return kind && kind.const === value?.[name]; }));
  choose(first);
  const names = variants.map((one, index) => [index, words(kindOf(one)[1]?.const ?? one.title ?? typeOf(one) ?? `variant ${index + 1}`)]);
  return {element: h(".stack", field(shared.title ?? "Kind", select(names, {value: first, onchange: choose})), body), value: () => part.value()};
}

function objectPart(schema, value, form, depth) {
  const members = Object.entries(schema.properties).map(([name, property]) => memberPart(name, resolve(property, form.root), value?.[name], schema.required?.includes(name), form, depth));
  const {first = [], others = []} = Object.groupBy(members.filter(one => one.element), one => one.isFirst ? "first" : "others");
  const elements = others.map(one => one.element);
  return {
    element: h(".stack", first.map(one => one.element), others.length > 3 ? fold(`${others.length} optional members`, elements) : elements),
    value: () => Object.fromEntries(members.map(one => [one.name, one.value()]).filter(([, read]) => read !== undefined)),
  };
}

function memberPart(name, schema, value, required, form, depth) {
  if (schema.const !== undefined) return {name, value: () => schema.const};
  const label = form.name(name), isFirst = required || value !== undefined;
  const {element, input, hint, value: read} = partOf(schema, value, form, depth + 1, required);
  if (!input) {
    const touched = () => [...element.querySelectorAll("input, select, textarea")].some(one => one.value !== "");
    return {name, isFirst, element: h("fieldset", h("legend", label), element), value: () => required || touched() ? read() : undefined};
  }
  input.required = required;
  return {name, isFirst, element: field(required ? [label, h("span.error", {title: "required"}, " *")] : label, input, joined([schema.description, schema.pattern && `pattern ${schema.pattern}`, hint], " · ")),
    value: () => {
      try { return read(); } catch (error) { input.focus(); throw new Error(`${name}: ${error.message}`, {cause: error}); }
    }};
}

/** The input of one value: `{input, hint, read(text)}`. */
export function inputFor(schema, value, required, items = {}) {
  const shown = one => one == null ? "" : typeof one === "string" ? one : JSON.stringify(one, null, 2);
  const choices = schema.enum ?? (typeOf(schema) === "boolean" && [true, false]);
  if (choices) return {input: select([...required ? [] : [["", "not set"]], ...choices.map((one, index) => [index, String(one)])], {value: value === undefined ? null : choices.indexOf(value)}), read: index => choices[index]};
  if (typeOf(schema) === "array" && isSimple(items)) {
    const read = typeOf(items) === "boolean" ? line => line === "true" : readerOf(items);
    return {input: h("textarea", {rows: "3", value: (value ?? []).join("\n")}), hint: "one per line", read: text => text.split("\n").map(line => line.trim()).filter(Boolean).map(read)};
  }
  const attributes = {value: shown(value), placeholder: shown(schema.default ?? schema.examples?.[0] ?? schema.example)};
  const isText = schema.format === "text" || isSimple(schema) && attributes.value.includes("\n");
  if (isText || !isSimple(schema)) return {input: h("textarea.mono", {rows: "4", spellcheck: "false", ...attributes}), hint: isText ? "" : "JSON", read: isText ? String : JSON.parse};
  const nullable = [schema.type].flat().includes("null"), read = readerOf(schema);
  const hint = joined([schema.format === "date-time" && "2026-01-31T09:00:00Z", schema.minimum !== undefined && `from ${schema.minimum}`, schema.maximum < 1e9 && `up to ${schema.maximum}`, nullable && "or null"]);
  return {input: h("input", {inputmode: read === numberOf && "decimal", autocomplete: "off", ...attributes}), hint,
    read: text => nullable && text.trim() === "null" ? null : read(text)};
}

const readerOf = schema => typeOf(schema) === "string" ? String : numberOf;

function numberOf(text) {
  if (!Number.isFinite(Number(text))) throw new Error(`“${text}” is not a number`);
  return Number(text);
}
