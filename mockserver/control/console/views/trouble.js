/* Trouble: faults that strike calls, profiles of bad days, and the settings of a world as switches. */

import {inputFor, resolve, schemaForm} from "../schema_form.js";
import {a, asking, attempt, badge, button, dim, field, fill, fold, h, heading, joined, moment, number, options, plain, plural, section, select, sentence, soft, table, textOf, toast, toggle, words} from "../view.js";

const QUICK = {
  "Fail the next call": {kind: "status", status: 503},
  "Slow down": {kind: "latency", seconds: 2, times: null},
  "Limit the rate": {kind: "rate_limited", retry_after: 30, times: 3},
  "Lose the reply": {kind: "drop_after"},
};
const TARGET = ["vendor", "operation", "method", "path"];

export async function show(here) {
  const [faults, profiles] = [h(".stack"), h(".stack")];
  const drawFaults = async () => { fill(faults, faultList(here, (await here.get("faults")).faults)); };
  const drawProfiles = async () => { fill(profiles, await profileList(here)); };
  const contract = await here.get("/openapi.json");
  const draw = () => Promise.all([drawFaults(), drawProfiles()]);
  const [settings] = await Promise.all([settingsOf(here, contract), draw()]);
  here.onExchange = one => one.fault && here.soon(100, drawFaults);
  here.onWorld = () => here.soon(100, draw);
  return [heading("Trouble", "What goes wrong on purpose, so that a client is seen to cope."), here.writes && armForm(here, contract), faults, profiles, settings];
}

// faults

function faultList(here, faults) {
  if (!faults.length) return section("Faults", soft("No fault is armed: every call is answered as the contract has it."));
  return section("Faults", table("Faults", [
    ["Fault", one => [h("strong", words(one.kind)), " ", dim(describe(one))]],
    ["Strikes", one => [one.vendor ? here.vendorTitle(one.vendor) : "every vendor", one.operation && h("code.soft", ` ${one.operation}`)]],
    ["Struck", one => badge(`struck ${number(one.spent)}${one.times === null ? "" : ` of ${number(one.times ?? 1)}`}`, one.spent > 0 && "fault", `${plural(one.seen, "call")} matched`)],
    [h("span.offscreen", "Remove"), one => here.writes && button("Remove", () => here.remove(["faults", one.id]), "quiet")],
  ], faults.toReversed()),
  h(".row", a(here.href("calls", {q: "verdict:fault"}), "Calls that were struck", "button"), here.writes && faults.length > 1 && asking("Remove all", "Remove all faults?", `${plural(faults.length, "fault")} will strike no more calls.`, () => here.remove("faults"))));
}

const describe = ({id, kind, seen, spent, times, ...fault}) => joined(Object.entries(fault).filter(([name, value]) => !TARGET.includes(name) && value !== null)
  .map(([name, value]) => name === "problem" || name === "status" ? value : `${words(name)} ${textOf(value)}`));

function armForm(here, contract) {
  const place = h("div");
  let form;
  const chosen = () => here.vendors.find(one => one.name === vendor.value)?.operations;
  const draw = () => {
    const problems = chosen()?.filter(one => !operation.value || one.name === operation.value).flatMap(one => Object.keys(one.problems));
    form = schemaForm({title: "What happens", oneOf: contract.components.schemas.NewFault.oneOf.map(one => withoutTarget(resolve(one, contract), problems))}, contract, undefined, words);
    fill(place, form);
  };
  const pickOperation = () => {
    fill(operation, options([["", "every operation"], ...(chosen() ?? []).map(one => [one.name, `${one.name}: ${one.summary}`])]));
    draw();
  };
  const arm = async fault => {
    await here.post("faults", {...fault, ...vendor.value && {vendor: vendor.value}, ...operation.value && {operation: operation.value}});
    toast("The fault is armed.");
  };
  const vendor = select([["", "every vendor"], ...here.vendorNames], {value: here.query.vendor ?? here.vendors[0]?.name, onchange: pickOperation});
  const operation = select([], {onchange: draw});
  pickOperation();
  if (here.query.operation) { operation.value = here.query.operation; draw(); }
  return h("section.card.stack", h(".cards.pair", field("Vendor", vendor), field("Operation", operation)),
    h(".row", Object.entries(QUICK).map(([label, fault]) => button(label, () => arm(fault), "", {title: JSON.stringify(fault)}))),
    fold("A fault of your own", place, h("div", button("Arm the fault", () => arm(form.read()), "primary"))));
}

/** The schema of a kind of fault without its target, which is chosen beside it, and with the problems of that. */
function withoutTarget(schema, problems) {
  const properties = Object.fromEntries(Object.entries(schema.properties).filter(([name]) => !TARGET.includes(name)));
  if (properties.problem && problems) properties.problem = {enum: [...new Set(problems)].sort(), description: "as the contract names it"};
  return {...schema, required: schema.required.filter(name => name in properties), properties};
}

// profiles

async function profileList(here) {
  const [{profiles: known}, {profiles: active}] = await Promise.all([here.get("/profiles"), here.get("profiles")]);
  const all = new Map([...known, ...active].map(one => [one.name, one]));
  return section("Profiles of a day", h(".cards", [...all].map(([name, {description, since, ends}]) => {
    const set = async on => {
      await (on ? here.put(["profiles", name], {}) : here.remove(["profiles", name]));
      await here.redraw(); // it has changed faults and settings
    };
    return h(".card.stack", here.writes ? toggle(sentence(name), Boolean(since), set) : h("h3", sentence(name)), soft(description), since && h("small", ends ? `active until ${moment(ends)}` : "active until it is ended"));
  })));
}

// settings

async function settingsOf(here, contract) {
  const settings = await here.get("settings"), {properties} = contract.components.schemas.Settings;

  /** The control of a setting; `change(value)` is what is sent. */
  const setting = (label, value, schema, change, hint) => {
    const set = next => here.put("settings", change(next));
    if (here.writes && typeof value === "boolean") return h("div", toggle(label, value, set), h("small", hint));
    const {input, read} = inputFor(schema, value, true);
    input.disabled = !here.writes;
    input.onchange = () => attempt(() => set(input.value.trim() ? read(input.value) : null));
    return field(label, input, hint);
  };
  const general = (name, label, hint) => setting(label, settings[name], properties[name], value => ({[name]: value}), hint);

  /** What switches mean is in the vendor's contract, which is read when they are opened. */
  const vendorSettings = ({name: vendor, title}) => {
    const [switches, rates] = [settings.switches, settings.rates].map(all => Object.entries(all[vendor] ?? {}));
    const own = h(".stack.own");
    const read = async () => {
      const {"x-switches": known} = await here.get(`/../${vendor}/openapi.json`);
      fill(own, switches.map(([name, value]) => setting(words(name), value, known[name].schema, next => ({switches: {[vendor]: {[name]: next}}}), plain(known[name].description))),
        h(".cards.pair", rates.map(([name, value]) => setting(`Calls by the limit “${words(name)}”`, value, {type: "integer"}, next => ({rates: {[vendor]: {[name]: next}}})))));
    };
    return switches.length + rates.length > 0 && h("details.card", {ontoggle: ({target}) => { if (target.open && !own.children.length) attempt(read); }},
      h("summary", h("strong", title), dim(` ${plural(switches.length, "switch", "switches")}, ${plural(rates.length, "limit")}`)), own);
  };

  return section("Settings", h(".card.stack",
    h(".cards.pair", general("jobs", "Jobs run", "when their time has come, at once, or by hand"), general("strictness", "Unknown members of a call are", "vendor: treated as the vendor does; strict: refused")),
    general("limits", "Rate limits apply"), general("magic_values", "Magic values provoke problems")), here.vendors.map(vendorSettings));
}
