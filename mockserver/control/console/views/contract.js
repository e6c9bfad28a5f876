/* Contract: what each operation takes and answers, from which source that is known, what was reached, and a try. */

import {meter} from "../chart.js";
import {append, h, replace} from "../dom.js";
import {countBadges} from "../effects.js";
import {clip, duration, number, parsed, plain, plural, words} from "../format.js";
import {resolve, schemaForm} from "../schema_form.js";
import {badge, button, code, facts, heading, json, section, soft, split, table, tabs} from "../view.js";

export const title = "Contract";
const METHODS = ["get", "post", "put", "patch", "delete", "head", "options"];
const SOURCES = {seed: ["good", "from the document that this project was asked with"], docs: ["good", "from the vendor's documentation"],
  observed: ["accent", "observed at the real service"], inferred: ["warn", "inferred: no document says it"],
  overlay: ["accent", "added or changed by an overlay, for this account"]};
const REACH = {reached: "reached by a call", fault: "reached by faults alone", not: "not reached"};

export async function show(root, context) {
  const {get, query} = context;
  const vendor = context.vendors.find(one => one.name === query.vendor) ?? context.vendors[0];
  const [doc, coverage] = await Promise.all([get(`/..${context.world === "default" ? "" : `/w/${encodeURIComponent(context.world)}`}/${vendor.name}/openapi.json`), get("coverage", {vendor: vendor.name})]);
  const operations = [...operationsOf(doc, coverage.items)];
  const search = h("input", {type: "search", "data-search": true, "aria-label": "Filter the operations", placeholder: "Filter: operation, path or problem", value: query.find ?? "", oninput: () => list.update(chosen())});
  const find = () => search.value.trim();
  const chosen = () => operations.filter(one => one.text.includes(find().toLowerCase()));
  const list = table("Operations", [["Operation", one => [methodOf(one), " ", one.summary, h(".mono.soft", one.path)]], ["Statuses and problems", one => heat(one.items), "wide-only"]], chosen(),
    {key: one => one.id, selected: query.operation, href: one => context.link({vendor: vendor.name, find: find(), operation: one.id})});
  const parts = split(list.element, "Operation", () => context.go({find: find(), operation: ""}, {replace: true}));
  replace(root, heading("Contract", `${doc.info.title}: ${plural(operations.length, "operation")}, and what the calls of this world have reached of them.`), overlays(doc),
    h(".meters", Object.entries(coverage.vendors[vendor.name] ?? {}).map(([kind, one]) => h("div", h("strong", `${number(one.covered)} of ${number(one.total)} `), kind === "status" ? "statuses" : `${words(kind)}s`, meter(one.covered - one.by_fault, one.total, one.by_fault)))),
    h(".row.grow", context.vendorPicker(vendor.name, name => context.navigate("contract", {vendor: name})), search),
    h("p.row.soft", Object.entries(REACH).map(([name, text]) => h("span", h("i.cell", {class: name}), text))), parts.element);
  const open = next => {
    const one = operations.find(each => each.id === next.operation);
    list.select(one?.id);
    if (one) parts.open(detail(one, doc, vendor, context)); else parts.close();
  };
  open(query);
  context.update = next => (next.vendor ?? context.vendors[0].name) === vendor.name ? open(next) : show(root, context);
}

const methodOf = ({method}) => h(`span.method.${method}`, method);

function* operationsOf(doc, items) {
  for (const [path, item] of Object.entries(doc.paths)) {
    for (const method of METHODS.filter(name => item[name])) {
      const node = item[method], id = node.operationId, summary = node.summary ?? words(id);
      const own = items.filter(one => one.operation === id);
      yield {id, method: method.toUpperCase(), path, node, summary, items: own, parameters: [...(item.parameters ?? []), ...(node.parameters ?? [])].map(one => resolve(one, doc)),
        text: `${id} ${path} ${summary} ${own.map(one => one.name).join(" ")}`.toLowerCase()};
    }
  }
}

const overlays = doc => doc["x-overlays"]?.map(one => h("details.overlay", h("summary", `Adapted by ${one.title} (${one.file}): ${plural(one.changes.length, "change")}`),
  h("ul", one.changes.map(each => h("li.mono", `${each.change} ${each.at}`)))));

const reach = item => item.calls > item.by_fault ? "reached" : item.calls ? "fault" : "not";

function heat(items) {
  const cells = items.filter(one => one.kind === "status" || one.kind === "problem");
  return h(".heat", {role: "img", "aria-label": `${cells.filter(one => one.calls).length} of ${plural(cells.length, "status or problem", "statuses and problems")} reached`},
    cells.map(one => h("i.cell", {class: reach(one), title: `${one.name}: ${one.calls ? plural(one.calls, "call") : REACH.not}`})));
}

// --- an operation ------------------------------------------------------------------------------------------------------

function detail(one, doc, vendor, context) {
  const source = node => { const name = node?.["x-source"] ?? one.node["x-source"] ?? doc["x-source"] ?? "inferred"; return badge(name, ...SOURCES[name] ?? []); };
  const problems = [...problemsOf(one, doc)];
  const reached = ({name}) => { const item = one.items.find(each => each.kind === "problem" && each.name === name); return item && h("span.nowrap", h("i.cell", {class: reach(item)}), item.calls > 0 && ` ${number(item.calls)}`); };
  const schemaOf = parameter => ({...resolve(parameter.schema, doc), description: `${parameter.in}: ${plain(parameter.description)}`});
  return [h("div", h("h2", one.summary), h("p.mono", methodOf(one), ` ${one.path}`), h(".row", source(), h("code.soft", one.id))), one.node.description && h("p", plain(one.node.description)),
    tabs("Parts of the operation", [...context.writes ? [["try", "Try it", () => tryIt(one, doc, vendor, context)]] : [],
      ["call", "Call", () => [one.parameters.length > 0 && shape({properties: Object.fromEntries(one.parameters.map(each => [each.name, schemaOf(each)])), required: one.parameters.filter(each => each.required).map(each => each.name)}, doc),
        bodiesOf(one, doc).map(([type, content]) => section(`Body: ${type}`, content.schema && shape(content.schema, doc)))]],
      ["replies", "Replies", () => Object.entries(one.node.responses).map(([status, node]) => { const reply = resolve(node, doc), [content] = Object.values(reply.content ?? {}); return section(`${status}: ${plain(reply.description)}`, content?.schema && shape(content.schema, doc)); })],
      ["problems", `Problems (${problems.length})`, () => table("Problems", [["Status", each => each.status], ["Problem", each => [h("code", each.name), each.summary && h(".soft", each.summary)]],
        ["Known", each => source(each.node)], ["Reached", reached], ["Arm", () => h("a", {href: context.href("trouble", {vendor: vendor.name, operation: one.id})}, "arm"), "offscreen"]], problems).element]], context.query.tab)];
}

function* problemsOf(one, doc) {
  for (const [status, reply] of Object.entries(one.node.responses).filter(([status]) => Number(status) >= 400)) {
    for (const [name, example] of Object.values(resolve(reply, doc).content ?? {}).flatMap(content => Object.entries(content.examples ?? {}))) {
      const node = resolve(example, doc);
      yield {name, status, node, summary: node.summary};
    }
  }
}

const bodiesOf = (one, doc) => Object.entries(resolve(one.node.requestBody, doc).content ?? {});

/** A schema as a list of its members; those of members open on demand. */
function shape(schema, doc, depth = 0) {
  const found = resolve(schema, doc), variants = found.oneOf ?? found.anyOf, members = Object.entries(found.properties ?? {});
  if (variants && depth < 6) return h("ul.shape", variants.map((one, index) => h("li", h("span.soft", index ? "or" : "either"), nested(resolve(one, doc), doc, depth))));
  if (found.items) return h("div", soft("a list of"), nested(resolve(found.items, doc), doc, depth));
  if (!members.length) return h("span.type", typeText(found));
  return h("ul.shape", members.map(([name, member]) => {
    const inner = resolve(member, doc);
    return h("li", h("code", name), found.required?.includes(name) && h("span.mark", {title: "required"}, " *"), " ", h("span.type", typeText(inner)),
      inner.description && h(".soft", clip(plain(inner.description), 200)), (inner.properties || inner.items?.$ref || inner.items?.properties || inner.oneOf) && nested(inner, doc, depth));
  }));
}

function nested(schema, doc, depth) {
  if (!(schema.properties || schema.items || schema.oneOf || schema.anyOf)) return h("span.type", ` ${typeText(schema)}`);
  const details = h("details", {ontoggle: () => { if (details.open && details.children.length === 1) append(details, shape(schema, doc, depth + 1)); }}, h("summary.soft", typeText(schema)));
  return details;
}

const typeText = ({const: fixed, enum: choices, type, properties, format}) => [fixed !== undefined ? JSON.stringify(fixed) : choices ? choices.slice(0, 8).map(one => JSON.stringify(one)).join(" | ")
  : [type ?? (properties ? "object" : "any")].flat().join(" or "), format].filter(Boolean).join(", ");

// --- a try -------------------------------------------------------------------------------------------------------------

function tryIt(one, doc, vendor, context) {
  const sent = one.parameters.filter(each => each.in !== "cookie" && !(each.in === "header" && /^(authorization|content-type|x-api-key|apikey)$/i.test(each.name)));
  const example = each => each.required ? each.example ?? Object.values(each.examples ?? {})[0]?.value : undefined;
  const parameters = sent.length > 0 && schemaForm({type: "object", required: sent.filter(each => each.required).map(each => each.name),
    properties: Object.fromEntries(sent.map(each => [each.name, {...resolve(each.schema, doc), description: clip(plain(each.description), 120)}]))}, doc, Object.fromEntries(sent.map(each => [each.name, example(each)])));
  const [type, content] = bodiesOf(one, doc).toSorted(([a], [b]) => b.includes("json") - a.includes("json"))[0] ?? [];
  const first = content?.example ?? resolve(Object.values(content?.examples ?? {})[0], doc).value;
  const isJson = type?.includes("json");
  const body = content && (isJson ? schemaForm(content.schema ?? {}, doc, first) : textBody(first));
  const result = h(".stack", {role: "status"});
  const send = async authenticate => {
    const values = parameters ? parameters.value() : {}, written = body?.value();
    const text = isJson && written !== undefined ? JSON.stringify(written) : written;
    const exchange = await context.post("calls", {vendor: vendor.name, method: one.method, authenticate, ...place(one, sent, values, text !== undefined && type), ...text !== undefined && {body: text}});
    replace(result, answer(exchange, context));
  };
  return [parameters.element, body && h("details", {open: true}, h("summary", `Body (${type})`), body.element),
    h(".row", button("Send", () => send(true), {kind: "primary", title: "With the credentials of this world, signed or with a session where the vendor wants that"}), button("Send without credentials", () => send(false))), result];
}

function textBody(first) {
  const input = h("textarea.mono", {rows: "5", "aria-label": "Body", value: typeof first === "string" ? first : first ? JSON.stringify(first) : ""});
  return {element: input, value: () => input.value || undefined};
}

/** Path, query and headers of a call with these values of its parameters. */
function place(one, sent, values, type) {
  const query = new URLSearchParams(), headers = type ? {"Content-Type": type} : {};
  let {path} = one;
  for (const {name, in: where} of sent) {
    const value = values[name];
    if (where === "path") path = path.replace(`{${name}}`, encodeURIComponent(value ?? ""));
    else if (value === undefined || value === null) continue;
    else if (where === "query") for (const each of [value].flat()) query.append(name, typeof each === "object" ? JSON.stringify(each) : each);
    else headers[name] = String(value);
  }
  return {path, headers, ...query.size && {query: String(query)}};
}

function answer({reply: {status, body}, problem, fault, violations, number: n, duration_us: took, effect_counts: counts}, context) {
  const value = parsed(body);
  return [h(".row", badge(status, status < 400 ? "good" : "warn"), problem && h("code", problem), fault && badge(`fault: ${words(fault.kind)}`, "fault"), h("span.soft", duration(took)), h("a", {href: context.href("calls", {n})}, "Open in Calls")),
    facts(violations.map(each => [`${each.place}${each.pointer}`, each.message])), countBadges(counts), value !== undefined ? json(value, 2, "Reply") : body ? code(body) : soft("The reply has no body.")];
}
