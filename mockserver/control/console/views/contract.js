/* Contract: what each operation takes and answers, from which source that is known, what was reached, and a try. */

import {key, meter} from "../chart.js";
import {detail} from "../exchange.js";
import {exampleOf, resolve, schemaForm} from "../schema_form.js";
import {a, badge, button, clip, field, fill, h, heading, joined, json, number, plain, plural, section, split, table, tabs, textOf, words} from "../view.js";

const SOURCES = {seed: ["good", "from the document that this project was asked with"], docs: ["good", "from the vendor's documentation"],
  observed: ["accent", "observed at the real service"], inferred: ["warn", "no document says it"], overlay: ["accent", "from an overlay, for this account"]};
const REACH = {reached: "reached by a call", fault: "reached by faults alone", not: "not reached"};

export async function show(here) {
  const {get, query, vendors, world, keep, link} = here;
  const {name} = vendors.find(one => one.name === query.vendor) ?? vendors[0];
  const [doc, coverage] = await Promise.all([get(`/..${world === "default" ? "" : `/w/${encodeURIComponent(world)}`}/${name}/openapi.json`), get("coverage", {vendor: name})]);
  const operations = operationsOf(doc, coverage.items);
  const search = h("input", {type: "search", placeholder: "Operation, path or problem", value: query.find, oninput() { keep({find: search.value.trim()}); list.fill(chosen()); }});
  const chosen = () => operations.filter(one => one.text.includes(search.value.trim().toLowerCase()));
  const list = table("Operations", [["Operation", one => [methodOf(one), " ", one.summary, h(".mono.soft", one.path)]], ["Statuses and problems", one => heat(one.items), "aside"]], chosen(),
    {key: one => one.id, href: one => link({operation: one.id, tab: ""})});
  return [heading("Contract", `${doc.info.title}: ${plural(operations.length, "operation")}, and what the calls of this world have reached of them.`),
    doc["x-overlays"]?.map(one => h("details.overlay", h("summary", `Adapted by ${one.title} (${one.file}): ${plural(one.changes.length, "change")}`), h("ul", one.changes.map(each => h("li.mono", `${each.change} ${each.at}`))))),
    h(".cards.meters", Object.entries(coverage.vendors[name] ?? {}).filter(([, one]) => one.total).map(([kind, one]) => h("div", h("strong", `${number(one.covered)} of ${number(one.total)} `), kind === "status" ? "statuses" : `${words(kind)}s`, meter(one.covered - one.by_fault, one.total, one.by_fault)))),
    h(".cards.pair", here.pick("Vendor", "vendor", here.vendorNames, {find: "", operation: ""}), field("Filter", search)),
    key(Object.entries(REACH)),
    await split(here, "operation", "Operation", list, list, id => operations.filter(one => one.id === id).map(one => operation(one, doc, name, here))[0])];
}

const methodOf = ({method}) => h(`span.method.${method}`, method);

const operationsOf = (doc, items) => Object.entries(doc.paths).flatMap(([path, {parameters = [], ...methods}]) =>
  Object.entries(methods).filter(([, node]) => node.operationId).map(([method, node]) => {
    const id = node.operationId, summary = node.summary ?? words(id), own = items.filter(one => one.operation === id);
    return {id, method: method.toUpperCase(), path, node, summary, items: own, text: `${id} ${path} ${summary} ${own.map(one => one.name).join(" ")}`.toLowerCase(),
      parameters: [...parameters, ...node.parameters ?? []].map(one => resolve(one, doc)), bodies: Object.entries(resolve(node.requestBody, doc).content ?? {}),
      replies: Object.entries(node.responses).map(([status, reply]) => ({status, content: {}, ...resolve(reply, doc)}))};
  }));

const reach = item => item.calls > item.by_fault ? "reached" : item.calls ? "fault" : "not";

function heat(items) {
  const cells = items.filter(one => one.kind === "status" || one.kind === "problem");
  return h(".row.heat", {role: "img", "aria-label": `${cells.filter(one => one.calls).length} of ${plural(cells.length, "status or problem", "statuses and problems")} reached`},
    cells.map(one => h("i.cell", {class: reach(one), title: `${one.name}: ${one.calls ? plural(one.calls, "call") : REACH.not}`})));
}

/** The schema of an object with these parameters as members. */
const objectOf = (parameters, doc) => ({type: "object", required: parameters.filter(one => one.required).map(one => one.name),
  properties: Object.fromEntries(parameters.map(one => [one.name, {...resolve(one.schema, doc), description: clip(joined([one.in, plain(one.description)], ": "), 160)}]))});

// an operation

function operation(one, doc, vendor, here) {
  const {node, parameters, items, bodies, replies} = one;
  const source = part => { const name = part["x-source"] ?? node["x-source"] ?? doc["x-source"] ?? "inferred"; return badge(name, ...SOURCES[name] ?? []); };
  const problems = replies.filter(({status}) => status >= 400).flatMap(({status, content}) => Object.values(content).flatMap(({examples = {}}) => Object.entries(examples))
    .map(([name, example]) => ({...resolve(example, doc), status, name})));
  const reached = ({name}) => items.filter(item => item.kind === "problem" && item.name === name).map(item => h("span.nowrap", h("i.cell", {class: reach(item)}), item.calls > 0 && number(item.calls)));
  const shape = (title, {schema} = {}) => section(title, schema && json(outline(schema, doc), 2, title));
  return [h("div", h("h2", one.summary), h("p.mono", methodOf(one), ` ${one.path}`), h(".row", source(node), h("code.soft", one.id))), node.description && h("p", plain(node.description)),
    tabs("Parts of the operation", [here.writes && ["try", "Try it", () => tryIt(one, doc, vendor, here)],
      ["call", "Call", () => [parameters.length > 0 && shape("Parameters", {schema: objectOf(parameters, doc)}), bodies.map(([type, content]) => shape(`Body: ${type}`, content))]],
      ["replies", "Replies", () => replies.map(({status, description, content}) => shape(`${status}: ${plain(description)}`, Object.values(content)[0]))],
      ["problems", `Problems (${problems.length})`, () => table("Problems", [["Status", each => each.status], ["Problem", each => [h("code", each.name), each.summary && h(".soft", each.summary)]],
        ["Known", source], ["Reached", reached], [h("span.offscreen", "Arm"), () => a(here.href("trouble", {vendor, operation: one.id}), "arm")]], problems)]], here)];
}

/** A schema as a value that the JSON viewer shows: members with their types, * after those that are required. */
function outline(schema, doc, depth = 0) {
  const {oneOf, anyOf = oneOf, items, properties, required = [], description, ...rest} = resolve(schema, doc);
  const inner = one => depth < 6 ? outline(one, doc, depth + 1) : "…";
  if (properties) return Object.fromEntries(Object.entries(properties).map(([name, one]) => [required.includes(name) ? `${name} *` : name, inner(one)]));
  if (items) return [inner(items)];
  if (anyOf) return {"one of": anyOf.map(inner)};
  const values = rest.const === undefined ? rest.enum?.slice(0, 8) : [rest.const];
  const type = values ? values.map(one => JSON.stringify(one)).join(" | ") : [rest.type ?? "any"].flat().join(" or ");
  return joined([type, rest.format]) + (description ? `: ${clip(plain(description), 200)}` : "");
}

// a try

function tryIt({parameters, bodies, method, path}, doc, vendor, here) {
  const sent = parameters.filter(one => one.in !== "cookie");
  const values = schemaForm(objectOf(sent, doc), doc, Object.fromEntries(sent.filter(one => one.required).map(one => [one.name, exampleOf(one, doc)])));
  const [type, content] = bodies.find(([name]) => name.includes("json")) ?? bodies[0] ?? [];
  const isJson = type?.includes("json");
  const body = content && schemaForm(isJson ? content.schema : {type: "string", format: "text"}, doc, exampleOf(content, doc));
  const result = h(".stack", {role: "status"});
  const send = async authenticate => {
    const written = body?.read();
    const exchange = await here.post("calls", {vendor, method, authenticate, ...place(path, sent, values.read(), written !== undefined && type),
      ...written !== undefined && {body: isJson ? JSON.stringify(written) : written}});
    fill(result, a(here.href("calls", {n: exchange.number}), "Open in Calls"), detail(exchange, here));
  };
  return [sent.length > 0 && values, body && h("details", {open: true}, h("summary", `Body (${type})`), body),
    h(".row", button("Send", () => send(true), "primary"), button("Send without credentials", () => send(false))), result];
}

function place(path, sent, values, type) {
  const query = new URLSearchParams(), headers = type ? {"Content-Type": type} : {};
  for (const {name, in: where} of sent) {
    const value = values[name];
    if (where === "path") path = path.replace(`{${name}}`, encodeURIComponent(value ?? ""));
    else if (value == null) continue;
    else if (where === "query") for (const each of [value].flat()) query.append(name, textOf(each));
    else headers[name] = textOf(value);
  }
  return {path, headers, ...query.size && {query: String(query)}};
}
