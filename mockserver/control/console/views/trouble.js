/* Trouble: faults that strike calls, profiles of bad days, and the settings of a world as switches. */

import {append, h, replace} from "../dom.js";
import {number, plural, relative, words} from "../format.js";
import {resolve, schemaForm} from "../schema_form.js";
import {badge, button, confirm, failed, field, heading, section, select, table, toast, toggle} from "../view.js";

export const title = "Trouble";

const QUICK = [
  ["Fail the next call", {kind: "status", status: 503}],
  ["Slow down", {kind: "latency", seconds: 2, times: null}],
  ["Limit the rate", {kind: "rate_limited", retry_after: 30, times: 3}],
  ["Lose the reply", {kind: "drop_after"}],
];
const TARGET = ["kind", "vendor", "operation", "method", "path"];

export async function show(root, context) {
  const {api, path} = context;
  const parts = Object.fromEntries(["faults", "arm", "profiles", "settings"].map(name => [name, h("div", {class: "stack"})]));
  const canChange = context.role !== "viewer";
  const drawFaults = async () => replace(parts.faults, faultList(context, (await api.get(path("faults"))).faults, drawFaults, canChange));
  append(root, heading("Trouble", "What goes wrong on purpose: so that a client is seen to cope with it."), parts.arm, parts.faults, parts.profiles, parts.settings);
  const contract = await api.get("/openapi.json");
  if (canChange) replace(parts.arm, armForm(context, contract, drawFaults));
  await Promise.all([drawFaults(), drawProfiles(parts.profiles, context, canChange, drawFaults), drawSettings(parts.settings, context, contract, canChange)]);
  const again = () => drawFaults().catch(failed);
  context.onExchange(one => { if (one.fault) again(); });
  context.onWorld(again);
}

// --- faults ----------------------------------------------------------------------------------------------------------

function faultList(context, faults, reload, canChange) {
  if (!faults.length) return section("Faults", h("p", {class: "soft"}, "No fault is armed: every call is answered as the contract has it."));
  const remove = one => button("Remove", async () => { await context.api.delete(context.path("faults", one.id)); await reload(); }, {kind: "quiet"});
  const spent = one => badge(`struck ${number(one.spent)}${one.times === null ? "" : ` of ${number(one.times ?? 1)}`}`, one.spent ? "fault" : null, `${plural(one.seen, "call")} matched`);
  return section("Faults", h("div", {class: "scroll"}, table({caption: "Faults", rows: faults.toReversed(), key: one => one.id, columns: [
    {title: "Fault", cell: one => [h("strong", {}, words(one.kind)), " ", h("span", {class: "soft"}, describe(one))]},
    {title: "Strikes", cell: one => [one.vendor ? context.vendorTitle(one.vendor) : one.vendor === undefined ? "every vendor" : "", one.operation && h("code", {class: "soft"}, ` ${one.operation}`)]},
    {title: "Struck", cell: spent},
    {title: "Remove", hidden: true, class: "number", cell: one => canChange && remove(one)}]}).element),
  h("div", {class: "row"}, h("a", {class: "button", href: context.href("calls", {q: "verdict:fault"})}, "Calls that were struck"),
    canChange && faults.length > 1 && button("Remove all", async () => {
      if (await confirm("Remove all faults?", `${plural(faults.length, "fault")} will strike no more calls.`, "Remove all")) { await context.api.delete(context.path("faults")); await reload(); }
    }, {kind: "danger"})));
}

const HIDDEN = ["id", "seen", "spent", "times", ...TARGET];
const describe = one => Object.entries(one).filter(([name, value]) => !HIDDEN.includes(name) && value !== null)
  .map(([name, value]) => name === "problem" || name === "status" ? value : `${words(name)} ${typeof value === "object" ? JSON.stringify(value) : value}`).join(", ");

function armForm(context, contract, reload) {
  const given = context.query;
  const kinds = contract.components.schemas.NewFault.oneOf.map(one => resolve(one, contract));
  const kindOf = schema => schema.properties.kind.const;
  const place = h("div", {});
  const vendor = select([["", "every vendor"], ...context.vendors.map(one => [one.name, one.title])], {value: given.get("vendor") ?? context.vendors[0]?.name, onchange: () => pickOperation()});
  const operation = select([], {onchange: () => draw()});
  const kind = select(kinds.map(one => [kindOf(one), words(kindOf(one))]), {onchange: () => draw()});
  const chosenVendor = () => context.vendors.find(one => one.name === vendor.value);
  const target = () => ({...vendor.value && {vendor: vendor.value}, ...operation.value && {operation: operation.value}});
  let form;
  function pickOperation() {
    replace(operation, [["", "every operation"], ...(chosenVendor()?.operations ?? []).map(one => [one.name, `${one.name}: ${one.summary}`])].map(([value, text]) => h("option", {value}, text)));
    draw();
  }
  function draw() {
    const schema = kinds.find(one => kindOf(one) === kind.value);
    form = schemaForm(withProblems(withoutTarget(schema), chosenVendor(), operation.value), {root: contract, humanize: true});
    replace(place, h("p", {class: "soft"}, schema.description), form.element);
  }
  const arm = async fault => {
    await context.api.post(context.path("faults"), {...fault, ...target()});
    toast("The fault is armed.");
    await reload();
  };
  pickOperation();
  if (given.get("operation")) { operation.value = given.get("operation"); draw(); }
  const details = h("details", {class: "own"}, h("summary", {}, "A fault of your own"), h("div", {class: "stack"}, field("What happens", kind), place,
    h("div", {}, button("Arm the fault", () => arm({kind: kind.value, ...form.value()}), {kind: "primary"}))));
  return h("section", {class: "card stack"}, h("div", {class: "pair"}, field("Vendor", vendor), field("Operation", operation)),
    h("div", {class: "row"}, QUICK.map(([label, fault]) => button(label, () => arm(fault), {title: JSON.stringify(fault)}))), details);
}

/** The schema of a kind of fault without what the form asks for by itself. */
const withoutTarget = schema => ({...schema, required: schema.required.filter(name => !TARGET.includes(name)),
  properties: Object.fromEntries(Object.entries(schema.properties).filter(([name]) => !TARGET.includes(name)))});

/** The schema with the problems that the operation, or the vendor, has. */
function withProblems(schema, vendor, operation) {
  if (!schema.properties.problem || !vendor) return schema;
  const chosen = vendor.operations.filter(one => !operation || one.name === operation);
  const names = [...new Set(chosen.flatMap(one => Object.keys(one.problems)))].sort();
  return {...schema, properties: {...schema.properties, problem: {enum: names, description: "as the contract names it"}}};
}

// --- profiles --------------------------------------------------------------------------------------------------------

async function drawProfiles(place, context, canChange, reload) {
  let known, active;
  try {
    [{profiles: known}, {profiles: active}] = await Promise.all([context.api.get("/profiles"), context.api.get(context.path("profiles"))]);
  } catch (error) {
    if (error.status === 404) return; // a server without profiles
    throw error;
  }
  const again = async () => { await drawProfiles(place, context, canChange, reload); await reload(); };
  const card = one => {
    const running = active.find(other => other.name === one.name);
    const set = async on => { await (on ? context.api.put(context.path("profiles", one.name), {}) : context.api.delete(context.path("profiles", one.name))); await again(); };
    return h("div", {class: "card stack"}, canChange ? toggle(words(one.name), Boolean(running), set) : h("h3", {}, words(one.name)),
      h("p", {class: "soft"}, one.description), running?.ends && h("small", {}, `ends ${relative(running.ends, running.since)} after its start`));
  };
  replace(place, section("Profiles of a day", h("div", {class: "cards"}, known.map(card))));
}

// --- settings --------------------------------------------------------------------------------------------------------

async function drawSettings(place, context, contract, canChange) {
  const settings = await context.api.get(context.path("settings"));
  const change = body => context.api.put(context.path("settings"), body);
  const shapes = contract.components.schemas.Settings.properties;
  const pick = (label, name, hint) => {
    const input = select(shapes[name].enum.map(one => [one, words(one)]), {value: settings[name], disabled: !canChange, onchange: () => change({[name]: input.value}).catch(failed)});
    return field(label, input, hint);
  };
  const vendors = context.vendors.filter(one => settings.switches[one.name] || settings.rates[one.name]);
  replace(place, section("Settings", h("div", {class: "card stack"},
    h("div", {class: "pair"}, pick("Jobs run", "jobs", "when their time has come, at once, or by hand"), pick("Unknown members of a call are", "strictness", "vendor: treated as the vendor does; strict: refused")),
    canChange && toggle("Rate limits apply", settings.limits, on => change({limits: on}))),
  vendors.map(vendor => vendorSettings(vendor, settings, change, canChange, context))));
}

/** The switches and limits of a vendor; what they mean is in its contract, which is read when they are opened. */
function vendorSettings(vendor, settings, change, canChange, context) {
  const [switches, rates] = [Object.entries(settings.switches[vendor.name] ?? {}), Object.entries(settings.rates[vendor.name] ?? {})];
  const place = h("div", {class: "stack own"});
  const fill = async () => {
    const contract = await context.api.get(`/../${vendor.name}/openapi.json`);
    replace(place, switches.map(([name, value]) => switchOf(name, value, contract["x-switches"]?.[name] ?? {}, next => change({switches: {[vendor.name]: {[name]: next}}}), canChange)),
      h("div", {class: "pair"}, rates.map(([name, value]) => {
        const input = h("input", {inputmode: "numeric", value: String(value), disabled: !canChange, onchange: () => change({rates: {[vendor.name]: {[name]: input.value === "" ? null : Number(input.value)}}}).catch(failed)});
        return field(`Calls by the limit “${words(name)}”`, input);
      })));
  };
  return h("details", {class: "card", ontoggle: event => { if (event.target.open && !place.children.length) fill().catch(failed); }},
    h("summary", {}, h("strong", {}, vendor.title), h("span", {class: "soft"}, ` ${plural(switches.length, "switch", "switches")}, ${plural(rates.length, "limit")}`)), place);
}

function switchOf(name, value, {schema, description = ""}, change, canChange) {
  const hint = description.replaceAll("`", "");
  if (typeof value === "boolean") return h("div", {}, canChange ? toggle(words(name), value, change) : `${words(name)}: ${value ? "on" : "off"}`, h("div", {}, h("small", {}, hint)));
  const set = next => change(next).catch(failed);
  if (schema?.enum) {
    const input = select(schema.enum.map((one, index) => [index, String(one)]), {value: schema.enum.indexOf(value), disabled: !canChange, onchange: () => set(schema.enum[input.value])});
    return field(words(name), input, hint);
  }
  const text = value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
  const read = written => { try { return JSON.parse(written); } catch { return written; } };
  const input = h("input", {value: text, disabled: !canChange, onchange: () => set(input.value === "" ? null : read(input.value))});
  return field(words(name), input, hint);
}
