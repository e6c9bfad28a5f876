/* Contract: what each operation takes and answers, from which source that is known, what was reached, and a try. */

import {withQuery} from "../api.js";
import {append, h, replace} from "../dom.js";
import {countBadges} from "../effects.js";
import {clip, duration, number, parsed, plural, words} from "../format.js";
import {resolve, schemaForm} from "../schema_form.js";
import {badge, button, code, empty, facts, heading, json, section, select, split, table, tabs} from "../view.js";

export const title = "Contract";
const METHODS = ["get", "post", "put", "patch", "delete", "head", "options"];
const SOURCES = {seed: ["good", "from the document that this project was asked with"], docs: ["good", "from the vendor's documentation"],
  observed: ["accent", "observed at the real service"], inferred: ["warn", "inferred: no document says it"],
  overlay: ["accent", "added or changed by an overlay, for this account"]};
const REACH = {reached: "reached by a call", fault: "reached by faults alone", not: "not reached"};

export async function show(root, context) {
  const given = context.query;
  const vendor = context.vendors.find(one => one.name === given.get("vendor")) ?? context.vendors[0];
  const home = context.world === "default" ? "" : `/w/${encodeURIComponent(context.world)}`;
  const [doc, coverage] = await Promise.all([context.api.get(`/..${home}/${vendor.name}/openapi.json`),
    context.api.get(withQuery(context.path("coverage"), {vendor: vendor.name}))]);
  const operations = [...operationsOf(doc, coverage.items)];
  const link = more => context.href("contract", {vendor: vendor.name, find: search.value.trim(), ...more});
  const picker = select(context.vendors.map(one => [one.name, one.title]), {value: vendor.name, "aria-label": "Vendor", onchange: () => context.navigate("contract", {vendor: picker.value})});
  const search = h("input", {type: "search", "data-search": true, "aria-label": "Filter the operations", placeholder: "Filter: operation, path or problem", value: given.get("find") ?? "", oninput: () => list.update(chosen())});
  const chosen = () => operations.filter(one => one.text.includes(search.value.trim().toLowerCase()));
  const list = table({caption: "Operations", rows: chosen(), key: one => one.id, selected: given.get("operation"), href: one => link({operation: one.id}), columns: [
    {title: "Operation", cell: one => [h("span", {class: ["method", one.method]}, one.method), " ", one.summary, h("div", {class: "mono soft line"}, one.path)]},
    {title: "Statuses and problems", class: "wide-only", cell: one => heat(one.items)}]});
  const parts = split(h("div", {class: "scroll"}, list.element), {label: "Operation", onClose: () => context.navigate("contract", {vendor: vendor.name, find: search.value.trim()}, {replace: true})});
  append(root, heading("Contract", `${doc.info.title}: ${plural(operations.length, "operation")}, and what the calls of this world have reached of them.`),
    overlays(doc), meters(coverage.vendors[vendor.name] ?? {}), h("div", {class: "row grow"}, picker, search), legend(), parts.element);
  const open = query => {
    const one = operations.find(each => each.id === query.get("operation"));
    list.select(one?.id);
    if (one) parts.open(detail(one, doc, vendor, context, query)); else parts.close();
  };
  open(given);
  return {update: query => query.get("vendor") === vendor.name || !query.get("vendor") && vendor === context.vendors[0] ? open(query) : replace(root) && show(root, {...context, query})};
}

function* operationsOf(doc, items) {
  for (const [path, item] of Object.entries(doc.paths)) {
    for (const method of METHODS.filter(name => item[name])) {
      const node = item[method];
      const own = items.filter(one => one.operation === node.operationId);
      yield {id: node.operationId, method: method.toUpperCase(), path, node, summary: node.summary ?? words(node.operationId), items: own,
        parameters: [...(item.parameters ?? []), ...(node.parameters ?? [])].map(one => resolve(one, doc)),
        text: `${node.operationId} ${path} ${node.summary} ${own.map(one => one.name).join(" ")}`.toLowerCase()};
    }
  }
}

// --- coverage --------------------------------------------------------------------------------------------------------

const overlays = doc => doc["x-overlays"]?.map(one => h("details", {class: "overlay"},
  h("summary", {}, `Adapted by ${one.title} (${one.file}): ${plural(one.changes.length, "change")}`),
  h("ul", {}, one.changes.map(each => h("li", {class: "mono"}, `${each.change} ${each.at}`)))));

const reach = item => item.calls > item.by_fault ? "reached" : item.calls ? "fault" : "not";
const legend = () => h("p", {class: "legend soft"}, Object.entries(REACH).map(([name, text]) => h("span", {}, h("i", {class: ["cell", name]}), text)));

const heat = items => {
  const cells = items.filter(one => one.kind === "status" || one.kind === "problem");
  const done = cells.filter(one => one.calls).length;
  return h("div", {class: "heat", role: "img", "aria-label": `${done} of ${plural(cells.length, "status or problem", "statuses and problems")} reached`},
    cells.map(one => h("i", {class: ["cell", reach(one)], title: `${one.name}: ${one.calls ? plural(one.calls, "call") : REACH.not}`})));
};

const meters = kinds => h("div", {class: "meters"}, Object.entries(kinds).map(([kind, one]) => h("div", {},
  h("strong", {}, `${number(one.covered)} of ${number(one.total)} `), kind === "status" ? "statuses" : `${words(kind)}s`,
  h("div", {class: "bar", "aria-hidden": "true", style: {"--own": `${100 * (one.covered - one.by_fault) / (one.total || 1)}%`, "--fault": `${100 * one.by_fault / (one.total || 1)}%`}}, h("i", {}), h("i", {})))));

// --- an operation ------------------------------------------------------------------------------------------------------

function detail(one, doc, vendor, context, query) {
  const source = node => node?.["x-source"] ?? one.node["x-source"] ?? doc["x-source"] ?? "inferred";
  const problems = [...problemsOf(one, doc)];
  const tried = context.role === "viewer" ? [] : [{name: "try", title: "Try it", content: () => tryIt(one, doc, vendor, context)}];
  return [h("div", {}, h("h2", {}, one.summary), h("p", {class: "mono"}, h("span", {class: ["method", one.method]}, one.method), ` ${one.path}`), h("div", {class: "row"}, sourceBadge(source()), h("code", {class: "soft"}, one.id))),
    one.node.description && h("p", {}, plain(one.node.description)),
    tabs([...tried,
      {name: "call", title: "Call", content: () => [one.parameters.length > 0 && shape({properties: Object.fromEntries(one.parameters.map(parameter => [parameter.name, {...resolve(parameter.schema, doc), description: `${parameter.in}: ${plain(parameter.description ?? "")}`}])),
        required: one.parameters.filter(parameter => parameter.required).map(parameter => parameter.name)}, doc), bodyShape(one, doc)]},
      {name: "replies", title: "Replies", content: () => Object.entries(one.node.responses).map(([status, reply]) => replyShape(status, resolve(reply, doc), doc))},
      {name: "problems", title: `Problems (${problems.length})`, content: () => h("div", {class: "scroll"}, table({caption: "Problems", rows: problems, key: problem => problem.name, columns: [
        {title: "Status", cell: problem => problem.status},
        {title: "Problem", cell: problem => [h("code", {}, problem.name), problem.summary && h("div", {class: "soft"}, problem.summary)]},
        {title: "Known", cell: problem => sourceBadge(source(problem.node))},
        {title: "Reached", cell: problem => { const item = one.items.find(each => each.kind === "problem" && each.name === problem.name); return item ? h("span", {class: "nowrap"}, h("i", {class: ["cell", reach(item)]}), item.calls ? ` ${number(item.calls)}` : "") : ""; }},
        {title: "Arm", hidden: true, cell: () => h("a", {href: context.href("trouble", {vendor: vendor.name, operation: one.id})}, "arm")}]}).element)}],
    {selected: query.get("tab") ?? (tried.length ? "try" : "call"), label: "Parts of the operation"})];
}

const plain = text => text.replace(/[`*]/g, "");
const sourceBadge = name => { const [kind, text] = SOURCES[name] ?? ["", ""]; return badge(name, kind, text); };

function* problemsOf(one, doc) {
  for (const [status, reply] of Object.entries(one.node.responses)) {
    for (const content of Object.values(resolve(reply, doc).content ?? {})) {
      if (Number(status) < 400) continue;
      for (const [name, example] of Object.entries(content.examples ?? {})) {
        const node = resolve(example, doc);
        yield {name, status, node, summary: node.summary};
      }
    }
  }
}

const bodyOf = (one, doc) => Object.entries(resolve(one.node.requestBody, doc)?.content ?? {});
const bodyShape = (one, doc) => bodyOf(one, doc).map(([type, content]) => section(`Body: ${type}`, content.schema ? shape(content.schema, doc) : null));
const replyShape = (status, reply, doc) => section(`${status}: ${plain(reply.description ?? "")}`, Object.values(reply.content ?? {}).slice(0, 1).map(content => content.schema && shape(content.schema, doc)));

/** A schema as a list of its members; those of members open on demand. */
function shape(schema, doc, depth = 0) {
  const found = resolve(schema, doc);
  const variants = found.oneOf ?? found.anyOf;
  if (variants && depth < 6) return h("ul", {class: "shape"}, variants.map((one, index) => h("li", {}, h("span", {class: "soft"}, index ? "or" : "either"), nested(resolve(one, doc), doc, depth))));
  if (found.items) return h("div", {}, h("span", {class: "soft"}, "a list of"), nested(resolve(found.items, doc), doc, depth));
  const required = new Set(found.required);
  const members = Object.entries(found.properties ?? {});
  if (!members.length) return h("span", {class: "type"}, typeText(found));
  return h("ul", {class: "shape"}, members.map(([name, member]) => {
    const inner = resolve(member, doc);
    return h("li", {}, h("code", {}, name), required.has(name) && h("span", {class: "mark", title: "required"}, " *"), " ", h("span", {class: "type"}, typeText(inner)),
      inner.description && h("div", {class: "soft"}, clip(plain(inner.description), 200)), inner.properties || inner.items?.$ref || inner.items?.properties || inner.oneOf ? nested(inner, doc, depth) : null);
  }));
}

function nested(schema, doc, depth) {
  if (!(schema.properties || schema.items || schema.oneOf || schema.anyOf)) return h("span", {class: "type"}, ` ${typeText(schema)}`);
  const details = h("details", {ontoggle: () => { if (details.open && details.children.length === 1) append(details, shape(schema, doc, depth + 1)); }}, h("summary", {class: "soft"}, typeText(schema)));
  return details;
}

const typeText = schema => [schema.const !== undefined ? JSON.stringify(schema.const) : schema.enum ? schema.enum.slice(0, 8).map(one => JSON.stringify(one)).join(" | ") : [schema.type ?? (schema.properties ? "object" : "any")].flat().join(" or "),
  schema.format].filter(Boolean).join(", ");

// --- a try -------------------------------------------------------------------------------------------------------------

function tryIt(one, doc, vendor, context) {
  const sent = one.parameters.filter(parameter => parameter.in !== "cookie" && !(parameter.in === "header" && /^(authorization|content-type|x-api-key|apikey)$/i.test(parameter.name)));
  const example = parameter => parameter.example ?? Object.values(parameter.examples ?? {})[0]?.value;
  const parameters = sent.length ? schemaForm({type: "object", required: sent.filter(each => each.required).map(each => each.name),
    properties: Object.fromEntries(sent.map(each => [each.name, {...resolve(each.schema, doc), description: clip(plain(each.description ?? ""), 120)}]))},
  {root: doc, value: Object.fromEntries(sent.filter(each => each.required && example(each) !== undefined).map(each => [each.name, example(each)]))}) : null;
  const [type, content] = bodyOf(one, doc).toSorted(([a], [b]) => b.includes("json") - a.includes("json"))[0] ?? [];
  const first = content?.example ?? resolve(Object.values(content?.examples ?? {})[0], doc)?.value;
  const isJson = type?.includes("json");
  const body = content && (isJson ? schemaForm(content.schema ?? {}, {root: doc, value: first}) : textBody(first));
  const result = h("div", {class: "stack", role: "status"});
  const send = async authenticate => {
    const values = parameters?.value() ?? {};
    const written = body?.value();
    const text = isJson && written !== undefined ? JSON.stringify(written) : written;
    const exchange = await context.api.post(context.path("calls"), {vendor: vendor.name, method: one.method, authenticate, ...place(one, sent, values, text !== undefined && type),
      ...text !== undefined && {body: text}});
    replace(result, answer(exchange, context));
  };
  return [parameters?.element, body && h("details", {open: true}, h("summary", {}, `Body (${type})`), body.element),
    h("div", {class: "row"}, button("Send", () => send(true), {kind: "primary", title: "With the credentials of this world, signed or with a session where the vendor wants that"}), button("Send without credentials", () => send(false))), result];
}

function textBody(first) {
  const input = h("textarea", {rows: "5", class: "mono", "aria-label": "Body", value: typeof first === "string" ? first : first ? JSON.stringify(first) : ""});
  return {element: input, value: () => input.value || undefined};
}

/** Path, query and headers of a call with these values of its parameters. */
function place(one, sent, values, type) {
  const query = new URLSearchParams(), headers = type ? {"Content-Type": type} : {};
  let path = one.path;
  for (const {name, in: where} of sent) {
    const value = values[name];
    if (where === "path") path = path.replace(`{${name}}`, encodeURIComponent(value ?? ""));
    else if (value === undefined || value === null) continue;
    else if (where === "query") for (const each of [value].flat()) query.append(name, typeof each === "object" ? JSON.stringify(each) : each);
    else headers[name] = String(value);
  }
  return {path, headers, ...query.size && {query: String(query)}};
}

function answer(exchange, context) {
  const {status, body} = exchange.reply;
  const value = parsed(body);
  return [h("div", {class: "row"}, badge(String(status), status < 400 ? "good" : "warn"), exchange.problem && h("code", {}, exchange.problem), exchange.fault && badge(`fault: ${words(exchange.fault.kind)}`, "fault"),
    h("span", {class: "soft"}, duration(exchange.duration_us)), h("a", {href: context.href("calls", {n: exchange.number})}, "Open in Calls")),
  exchange.violations.length > 0 && facts(exchange.violations.map(each => [`${each.place}${each.pointer}`, each.message])),
  countBadges(exchange.effect_counts), value === undefined ? body ? code(body) : empty("No body", "The reply has none.") : json(value, {open: 2, label: "Reply"})];
}
