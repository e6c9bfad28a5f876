/* Trouble: faults that strike calls, profiles of bad days, and the settings of a world as switches. */

import {resolve, schemaForm} from "../schema_form.js";
import {a, attempt, badge, button, confirm, dim, field, fill, fold, h, heading, joined, number, options, parsed, plain, plural, relative, section, select, soft, table, toast, toggle, words} from "../view.js";

const QUICK = {
  "Fail the next call": {kind: "status", status: 503},
  "Slow down": {kind: "latency", seconds: 2, times: null},
  "Limit the rate": {kind: "rate_limited", retry_after: 30, times: 3},
  "Lose the reply": {kind: "drop_after"},
};
const TARGET = ["kind", "vendor", "operation", "method", "path"];

export async function show(here) {
  const [faults, profiles] = [h(".stack"), h(".stack")];
  const drawFaults = async () => { fill(faults, faultList(here, (await here.get("faults")).faults, drawFaults)); };
  const drawProfiles = async () => { fill(profiles, await profileList(here, () => Promise.all([drawProfiles(), drawFaults()]))); };
  const contract = await here.get("/openapi.json");
  const [settings] = await Promise.all([settingsOf(here, contract), drawFaults(), drawProfiles()]);
  here.onExchange(one => { if (one.fault) attempt(drawFaults); });
  here.onWorld(() => attempt(drawFaults));
  return [heading("Trouble", "What goes wrong on purpose: so that a client is seen to cope with it."), here.writes && armForm(here, contract, drawFaults), faults, profiles, settings];
}

// faults

function faultList(here, faults, reload) {
  if (!faults.length) return section("Faults", soft("No fault is armed: every call is answered as the contract has it."));
  const remove = path => async () => { await here.remove(path); await reload(); };
  const removeAll = async () => { if (await confirm("Remove all faults?", `${plural(faults.length, "fault")} will strike no more calls.`, "Remove all")) await remove("faults")(); };
  return section("Faults", table("Faults", [
    ["Fault", one => [h("strong", words(one.kind)), " ", dim(describe(one))]],
    ["Strikes", one => [one.vendor ? here.vendorTitle(one.vendor) : "every vendor", one.operation && h("code.soft", ` ${one.operation}`)]],
    ["Struck", one => badge(`struck ${number(one.spent)}${one.times === null ? "" : ` of ${number(one.times ?? 1)}`}`, one.spent > 0 && "fault", `${plural(one.seen, "call")} matched`)],
    ["Remove", one => here.writes && button("Remove", remove(["faults", one.id]), "quiet"), "offscreen"],
  ], faults.toReversed()),
  h(".row", a(here.href("calls", {q: "verdict:fault"}), "Calls that were struck", "button"), here.writes && faults.length > 1 && button("Remove all", removeAll, "danger")));
}

const describe = ({id, seen, spent, times, ...fault}) => joined(Object.entries(fault).filter(([name, value]) => !TARGET.includes(name) && value !== null)
  .map(([name, value]) => name === "problem" || name === "status" ? value : `${words(name)} ${typeof value === "object" ? JSON.stringify(value) : value}`));

function armForm(here, contract, reload) {
  const kinds = new Map(contract.components.schemas.NewFault.oneOf.map(one => resolve(one, contract)).map(one => [one.properties.kind.const, one]));
  const place = h(".stack");
  let form;
  const chosenVendor = () => here.vendors.find(one => one.name === vendor.value);
  const draw = () => {
    const schema = kinds.get(kind.value);
    form = schemaForm(forTarget(schema, chosenVendor(), operation.value), contract, undefined, words);
    fill(place, soft(schema.description), form);
  };
  const pickOperation = () => {
    fill(operation, options([["", "every operation"], ...(chosenVendor()?.operations ?? []).map(one => [one.name, `${one.name}: ${one.summary}`])]));
    draw();
  };
  const arm = async fault => {
    await here.post("faults", {...fault, ...vendor.value && {vendor: vendor.value}, ...operation.value && {operation: operation.value}});
    toast("The fault is armed.");
    await reload();
  };
  const vendor = here.vendorPicker(here.query.vendor ?? here.vendors[0]?.name, pickOperation, "every vendor");
  const operation = select([], {onchange: draw});
  const kind = select([...kinds.keys()].map(one => [one, words(one)]), {onchange: draw});
  pickOperation();
  if (here.query.operation) { operation.value = here.query.operation; draw(); }
  return h("section.card.stack", h(".cards.pair", field("Vendor", vendor), field("Operation", operation)),
    h(".row", Object.entries(QUICK).map(([label, fault]) => button(label, () => arm(fault), "", {title: JSON.stringify(fault)}))),
    fold("A fault of your own", field("What happens", kind), place, h("div", button("Arm the fault", () => arm({kind: kind.value, ...form.read()}), "primary"))));
}

/** The schema of a kind of fault without its target, and with the problems of that. */
function forTarget(schema, vendor, operation) {
  const properties = Object.fromEntries(Object.entries(schema.properties).filter(([name]) => !TARGET.includes(name)));
  if (properties.problem && vendor) {
    const chosen = vendor.operations.filter(one => !operation || one.name === operation);
    properties.problem = {enum: [...new Set(chosen.flatMap(one => Object.keys(one.problems)))].sort(), description: "as the contract names it"};
  }
  return {...schema, required: schema.required.filter(name => name in properties), properties};
}

// profiles

async function profileList(here, reload) {
  const [{profiles: known}, {profiles: active}] = await Promise.all([here.get("/profiles"), here.get("profiles")]);
  return section("Profiles of a day", h(".cards", known.map(({name, description}) => {
    const running = active.find(one => one.name === name), title = words(name);
    const set = async on => {
      await (on ? here.put(["profiles", name], {}) : here.remove(["profiles", name]));
      await reload();
    };
    return h(".card.stack", here.writes ? toggle(title, Boolean(running), set) : h("h3", title), soft(description),
      running?.ends && h("small", `ends ${relative(running.ends, running.since)} after its start`));
  })));
}

// settings

async function settingsOf(here, contract) {
  const settings = await here.get("settings");
  const change = body => here.put("settings", body);
  const disabled = !here.writes;
  const pick = (label, name, hint) => field(label, select(contract.components.schemas.Settings.properties[name].enum.map(one => [one, words(one)]), {value: settings[name], disabled, onchange: value => change({[name]: value})}), hint);
  const line = (value, set) => h("input", {value, disabled, onchange: event => attempt(() => set(event.target.value))});

  const switchOf = (name, value, {schema, description}, set) => {
    const label = words(name), hint = plain(description);
    if (typeof value === "boolean" && !disabled) return h("div", toggle(label, value, set), h("div", h("small", hint)));
    const choices = schema?.enum;
    return field(label, choices ? select(choices.map((one, index) => [index, String(one)]), {value: choices.indexOf(value), disabled, onchange: index => set(choices[index])})
      : line(typeof value === "string" || value === null ? value : JSON.stringify(value), text => set(text === "" ? null : parsed(text) ?? text)), hint);
  };

  /** What switches mean is in the vendor's contract, which is read when they are opened. */
  const vendorSettings = ({name: vendor, title}) => {
    const [switches, rates] = [settings.switches, settings.rates].map(all => Object.entries(all[vendor] ?? {}));
    const own = h(".stack.own");
    const read = async () => {
      const {"x-switches": described = {}} = await here.get(`/../${vendor}/openapi.json`);
      fill(own, switches.map(([one, value]) => switchOf(one, value, described[one] ?? {}, next => change({switches: {[vendor]: {[one]: next}}}))),
        h(".cards.pair", rates.map(([one, value]) => field(`Calls by the limit “${words(one)}”`, line(value, next => change({rates: {[vendor]: {[one]: next === "" ? null : Number(next)}}}))))));
    };
    return switches.length + rates.length > 0 && h("details.card", {ontoggle: ({target}) => { if (target.open && !own.children.length) attempt(read); }},
      h("summary", h("strong", title), dim(` ${plural(switches.length, "switch", "switches")}, ${plural(rates.length, "limit")}`)), own);
  };

  return section("Settings", h(".card.stack",
    h(".cards.pair", pick("Jobs run", "jobs", "when their time has come, at once, or by hand"), pick("Unknown members of a call are", "strictness", "vendor: treated as the vendor does; strict: refused")),
    here.writes && toggle("Rate limits apply", settings.limits, on => change({limits: on}))), here.vendors.map(vendorSettings));
}
