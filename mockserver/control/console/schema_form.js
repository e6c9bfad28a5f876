/* A form made from a JSON Schema: for faults, backstage actions and calls to try. */

import {append, h, replace} from "./dom.js";
import {words} from "./format.js";
import {field, select, uid} from "./view.js";

const UNSET = "";

/** A form for a value of the schema. `root`: the document in which `$ref` is looked up; `value`: what it starts with;
 * `labels`: whether member names are shown as they are (default) or in words.
 * Returns `{element, value()}`; `value()` throws an Error with the member's name if the input cannot be read. */
export function schemaForm(schema, {root = {}, value, humanize = false} = {}) {
  const context = {root, humanize};
  const part = partFor(resolve(schema, root), value, context, 0);
  return {element: h("div", {class: "schema-form"}, part.element), value: part.value};
}

/** The schema with `$ref` and a single `allOf` followed. */
export function resolve(schema, root) {
  let found = schema ?? {};
  for (let steps = 0; found && typeof found === "object" && found.$ref && steps < 20; steps++) {
    const target = found.$ref.replace(/^#\//, "").split("/").reduce(
      (node, part) => node?.[decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~")], root);
    const {$ref, ...rest} = found;
    found = {...target, ...rest};
  }
  if (found.allOf) {
    const {allOf, ...rest} = found;
    return [rest, ...allOf.map(one => resolve(one, root))].reduce((all, one) => ({...all, ...one,
      properties: {...all.properties, ...one.properties}, required: [...(all.required ?? []), ...(one.required ?? [])]}));
  }
  return found;
}

const typeOf = schema => [schema.type].flat().filter(type => type && type !== "null")[0]
  ?? (schema.properties ? "object" : schema.items ? "array" : undefined);
const isSimple = schema => ["string", "integer", "number", "boolean"].includes(typeOf(schema)) && [schema.type].flat().filter(type => type !== "null").length === 1;

function partFor(schema, value, context, depth) {
  const variants = schema.oneOf ?? schema.anyOf;
  if (variants?.length > 1 && depth < 3) return variantPart(schema, variants, value, context, depth);
  if (typeOf(schema) === "object" && schema.properties && depth < 3) return objectPart(schema, value, context, depth);
  return jsonPart(value);
}

function variantPart(schema, variants, value, context, depth) {
  const {oneOf, anyOf, ...shared} = schema;
  const options = variants.map(one => resolve(one, context.root)).filter(one => one.type !== "null")
    .map(one => shared.properties ? {...shared, ...one, properties: {...shared.properties, ...one.properties}} : one);
  const name = (one, index) => Object.values(one.properties ?? {}).find(property => property.const)?.const ?? one.title ?? typeOf(one) ?? `variant ${index + 1}`;
  const note = h("p", {class: "soft"});
  const body = h("div", {});
  let part;
  const choose = index => {
    const chosen = options[index];
    part = isSimple(chosen) ? scalarPart(chosen, value) : partFor(chosen, value, context, depth + 1);
    replace(note, chosen.description ?? "");
    replace(body, part.element ?? part.input);
  };
  const at = Math.max(0, options.findIndex(one => Object.entries(one.properties ?? {}).some(([key, property]) => property.const !== undefined && property.const === value?.[key])));
  const picker = select(options.map((one, index) => [index, words(name(one, index))]), {value: at, onchange: () => choose(Number(picker.value))});
  choose(at);
  return {element: h("div", {class: "variant"}, field(schema.title ?? "Kind", picker), note, body), value: () => part.value()};
}

function objectPart(schema, value, context, depth) {
  const required = new Set(schema.required);
  const members = Object.entries(schema.properties).map(([name, property]) =>
    memberPart(name, resolve(property, context.root), value?.[name], required.has(name), context, depth));
  const first = members.filter(member => member.required || member.filled);
  const others = members.filter(member => !first.includes(member) && !member.fixed);
  const few = others.length <= 3;
  const element = h("div", {class: "members-form"}, first.map(one => one.element), few && others.map(one => one.element),
    !few && h("details", {}, h("summary", {}, `${others.length} optional members`), others.map(one => one.element)));
  const extra = !members.length && schema.additionalProperties !== false ? jsonPart(value ?? {}) : null;
  if (extra) append(element, extra.element);
  return {element, value: () => {
    if (extra) return extra.value();
    const result = {};
    for (const member of members) {
      const one = member.value();
      if (one !== undefined) result[member.name] = one;
    }
    return result;
  }};
}

function memberPart(name, schema, value, required, context, depth) {
  const label = context.humanize ? words(name) : name;
  const filled = value !== undefined;
  if (schema.const !== undefined) return {name, required, fixed: true, element: null, value: () => schema.const};
  const nested = typeOf(schema) === "object" && schema.properties && depth < 2;
  if (nested) {
    const part = partFor(schema, value, context, depth + 1);
    const touched = () => [...part.element.querySelectorAll("input, select, textarea")].some(one => one.value !== UNSET && !one.matches("[data-preset]"));
    return {name, required, filled, element: h("fieldset", {}, h("legend", {}, label), part.element),
      value: () => required || touched() ? part.value() : undefined};
  }
  const part = isSimple(schema) || schema.enum ? scalarPart(schema, value, required) : listOf(schema, context) ? listPart(schema, value, context)
    : jsonPart(value, schema);
  const hint = [schema.description, schema.pattern && !schema.enum && `pattern ${schema.pattern}`, part.hint].filter(Boolean).join(" · ");
  part.input.required = required && part.input.type !== "checkbox";
  return {name, required, filled, element: field(required ? [label, h("span", {class: "mark", title: "required"}, " *")] : label, part.input, hint),
    value: () => {
      try { return part.value(); } catch (error) { part.input.focus(); throw new Error(`${name}: ${error.message}`); }
    }};
}

function scalarPart(schema, value, required = true) {
  const type = typeOf(schema);
  const nullable = [schema.type].flat().includes("null");
  const choices = schema.enum ?? (type === "boolean" ? [true, false] : null);
  if (choices) {
    const options = [...(required && value === undefined && schema.default === undefined ? [] : [[UNSET, required ? "choose …" : "not set"]]), ...choices.map((one, index) => [String(index), String(one)])];
    const input = select(options, {value: value === undefined ? undefined : String(choices.indexOf(value))});
    return {input, element: input, value: () => input.value === UNSET ? undefined : choices[Number(input.value)]};
  }
  const numeric = type === "integer" || type === "number";
  const input = h("input", {type: schema.format === "email" ? "email" : "text", inputmode: numeric ? "decimal" : null, autocomplete: "off",
    placeholder: schema.default !== undefined ? String(schema.default) : schema.examples?.[0] !== undefined ? String(schema.examples[0]) : null,
    value: value === undefined || value === null ? "" : String(value), maxlength: numeric ? null : schema.maxLength});
  const hint = [schema.format === "date-time" && "2026-01-31T09:00:00Z", schema.minimum !== undefined && `from ${schema.minimum}`,
    schema.maximum !== undefined && schema.maximum < 1e9 && `up to ${schema.maximum}`, nullable && "null: no limit, nothing"].filter(Boolean).join(", ");
  return {input, element: input, hint, value: () => {
    const text = input.value.trim();
    if (text === "") return undefined;
    if (nullable && text === "null") return null;
    if (!numeric) return input.value;
    const number = Number(text);
    if (!Number.isFinite(number)) throw new Error(`“${text}” is not a number`);
    return number;
  }};
}

const listOf = (schema, context) => typeOf(schema) === "array" && isSimple(resolve(schema.items, context.root));

function listPart(schema, value, context) {
  const items = resolve(schema.items, context.root);
  const input = h("textarea", {rows: "3", value: (value ?? []).join("\n"), autocomplete: "off"});
  const one = text => {
    if (typeOf(items) === "string") return text;
    const read = typeOf(items) === "boolean" ? {true: true, false: false}[text] : Number(text);
    if (read === undefined || Number.isNaN(read)) throw new Error(`“${text}” is not of type ${typeOf(items)}`);
    return read;
  };
  return {input, element: input, hint: "one per line", value: () => {
    const lines = input.value.split("\n").map(line => line.trim()).filter(Boolean);
    return lines.length ? lines.map(one) : undefined;
  }};
}

function jsonPart(value, schema = {}) {
  const sample = schema.examples?.[0] ?? schema.example;
  const input = h("textarea", {rows: "4", class: "mono", spellcheck: "false", "aria-label": "JSON", id: uid("json"),
    placeholder: sample === undefined ? null : JSON.stringify(sample, null, 2), value: value === undefined ? "" : JSON.stringify(value, null, 2)});
  return {input, element: input, hint: "JSON", value: () => {
    if (!input.value.trim()) return undefined;
    try { return JSON.parse(input.value); } catch (error) { throw new Error(`this is not JSON (${error.message})`, {cause: error}); }
  }};
}
