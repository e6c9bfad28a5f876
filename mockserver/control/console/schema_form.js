/* A form made from a JSON Schema: for faults, backstage actions and calls to try.

   A part of it is `{element, value()}`; a part for one value has `input` and `hint` too, and gets its label from outside. */

import {h, replace} from "./dom.js";
import {words} from "./format.js";
import {field, select} from "./view.js";

/** A form for a value of the schema. `root`: the document in which `$ref` is looked up; `value`: what it starts with;
 * `name`: how member names are shown. `value()` throws an Error with the member's name if the input cannot be read. */
export function schemaForm(schema, root, value, name = one => one) {
  const part = partFor(resolve(schema, root), value, {root, name}, 0);
  return {element: h(".schema-form.stack", part.element ?? part.input), value: part.value};
}

/** The schema with `$ref` and `allOf` followed. */
export function resolve(schema, root) {
  let found = schema ?? {};
  for (let steps = 0; found.$ref && steps < 20; steps++) {
    const {$ref, ...rest} = found;
    found = {...$ref.replace(/^#\//, "").split("/").reduce((node, part) => node?.[decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~")], root), ...rest};
  }
  if (!found.allOf) return found;
  const {allOf, ...rest} = found;
  return [rest, ...allOf.map(one => resolve(one, root))].reduce((all, one) => ({...all, ...one,
    properties: {...all.properties, ...one.properties}, required: [...(all.required ?? []), ...(one.required ?? [])]}));
}

const typesOf = schema => [schema.type].flat().filter(type => type && type !== "null");
const typeOf = schema => typesOf(schema)[0] ?? (schema.properties ? "object" : schema.items ? "array" : undefined);
const isSimple = schema => typesOf(schema).length === 1 && ["string", "integer", "number", "boolean"].includes(typeOf(schema));

function partFor(schema, value, context, depth, required = true) {
  const variants = schema.oneOf ?? schema.anyOf;
  if (variants?.length > 1 && depth < 3) return variantPart(schema, variants, value, context, depth);
  if (typeOf(schema) === "object" && schema.properties && depth < 3) return objectPart(schema, value, context, depth);
  if (schema.enum || typeOf(schema) === "boolean") return choicePart(schema, value, required);
  if (isSimple(schema)) return textPart(schema, value);
  const items = typeOf(schema) === "array" && resolve(schema.items, context.root);
  return items && isSimple(items) ? listPart(items, value) : jsonPart(schema, value);
}

const constOf = schema => Object.entries(schema.properties ?? {}).find(([, property]) => property.const !== undefined) ?? [];

function variantPart({oneOf, anyOf, ...shared}, variants, value, context, depth) {
  const all = variants.map(one => resolve(one, context.root)).filter(one => one.type !== "null")
    .map(one => shared.properties ? {...shared, ...one, properties: {...shared.properties, ...one.properties}} : one);
  const body = h(".stack");
  let part;
  const choose = index => {
    part = partFor(all[index], value, context, depth + 1);
    replace(body, all[index].description && h("p.soft", all[index].description), part.element ?? part.input);
  };
  const at = Math.max(0, all.findIndex(one => { const [key, property] = constOf(one); return key && property.const === value?.[key]; }));
  choose(at);
  const names = all.map((one, index) => [index, words(constOf(one)[1]?.const ?? one.title ?? typeOf(one) ?? `variant ${index + 1}`)]);
  return {element: h(".stack", field(shared.title ?? "Kind", select(names, {value: at, onchange: choose})), body), value: () => part.value()};
}

function objectPart(schema, value, context, depth) {
  const members = Object.entries(schema.properties).map(([name, property]) =>
    memberPart(name, resolve(property, context.root), value?.[name], Boolean(schema.required?.includes(name)), context, depth));
  const shown = members.filter(member => member.element);
  const others = shown.filter(member => !member.isFirst);
  const elements = list => list.map(member => member.element);
  return {
    element: h(".stack", elements(shown.filter(member => member.isFirst)),
      others.length > 3 ? h("details.stack", h("summary", `${others.length} optional members`), elements(others)) : elements(others)),
    value: () => Object.fromEntries(members.map(member => [member.name, member.value()]).filter(([, one]) => one !== undefined)),
  };
}

function memberPart(name, schema, value, required, context, depth) {
  if (schema.const !== undefined) return {name, value: () => schema.const};
  const label = context.name(name);
  const isFirst = required || value !== undefined;
  const part = partFor(schema, value, context, depth + 1, required);
  if (!part.input) {
    const touched = () => [...part.element.querySelectorAll("input, select, textarea")].some(one => one.value !== "");
    return {name, isFirst, element: h("fieldset", h("legend", label), part.element), value: () => required || touched() ? part.value() : undefined};
  }
  part.input.required = required;
  const hint = [schema.description, schema.pattern && !schema.enum && `pattern ${schema.pattern}`, part.hint].filter(Boolean).join(" · ");
  return {name, isFirst, element: field(required ? [label, h("span.mark", {title: "required"}, " *")] : label, part.input, hint),
    value: () => {
      try { return part.value(); } catch (error) { part.input.focus(); throw new Error(`${name}: ${error.message}`, {cause: error}); }
    }};
}

// --- one value -------------------------------------------------------------------------------------------------------

function choicePart(schema, value, required) {
  const choices = schema.enum ?? [true, false];
  const input = select([...required ? [] : [["", "not set"]], ...choices.map((one, index) => [index, String(one)])], {value: value === undefined ? null : choices.indexOf(value)});
  return {input, value: () => input.value === "" ? undefined : choices[input.value]};
}

function textPart(schema, value) {
  const isNumber = typeOf(schema) !== "string", nullable = [schema.type].flat().includes("null");
  const sample = schema.default ?? schema.examples?.[0];
  const input = h("input", {inputmode: isNumber ? "decimal" : null, autocomplete: "off", placeholder: sample === undefined ? null : String(sample),
    value: value === undefined || value === null ? "" : String(value), maxlength: isNumber ? null : schema.maxLength});
  const hint = [schema.format === "date-time" && "2026-01-31T09:00:00Z", schema.minimum !== undefined && `from ${schema.minimum}`,
    schema.maximum < 1e9 && `up to ${schema.maximum}`, nullable && "null: no limit, nothing"].filter(Boolean).join(", ");
  return {input, hint, value: () => {
    const text = input.value.trim();
    return text === "" ? undefined : nullable && text === "null" ? null : isNumber ? numberOf(text) : input.value;
  }};
}

function numberOf(text) {
  if (!Number.isFinite(Number(text))) throw new Error(`“${text}” is not a number`);
  return Number(text);
}

function listPart(items, value = []) {
  const input = h("textarea", {rows: "3", value: value.join("\n"), autocomplete: "off"});
  const read = typeOf(items) === "string" ? text => text : typeOf(items) === "boolean" ? text => text === "true" : numberOf;
  return {input, hint: "one per line", value: () => {
    const lines = input.value.split("\n").map(line => line.trim()).filter(Boolean);
    return lines.length ? lines.map(read) : undefined;
  }};
}

function jsonPart(schema, value) {
  const [sample, text] = [schema.examples?.[0] ?? schema.example, value].map(one => one === undefined ? "" : JSON.stringify(one, null, 2));
  const input = h("textarea.mono", {rows: "4", spellcheck: "false", "aria-label": "JSON", placeholder: sample, value: text});
  return {input, hint: "JSON", value: () => {
    if (!input.value.trim()) return undefined;
    try { return JSON.parse(input.value); } catch (error) { throw new Error(`this is not JSON (${error.message})`, {cause: error}); }
  }};
}
