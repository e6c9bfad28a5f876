/* State: the records of a world in each vendor's own nouns, people across all vendors, members, backstage. */

import {withQuery} from "../api.js";
import {append, h, replace} from "../dom.js";
import {countBadges} from "../effects.js";
import {clip, number, plural, words} from "../format.js";
import {resolve, schemaForm} from "../schema_form.js";
import {button, dialog, empty, facts, field, heading, json, section, select, split, table, tabs} from "../view.js";

export const title = "State";
const PAGE = 50;

export async function show(root, context) {
  const {collections} = await context.api.get(context.path("collections"));
  const body = h("div", {class: "stack"});
  const search = h("input", {type: "search", "data-search": true, "aria-label": "Find a person in every vendor",
    placeholder: "Find a person in every vendor: name, e-mail address or id", value: context.query.get("person") ?? ""});
  append(root, heading("State", "What the vendors have stored, in their own nouns."),
    h("form", {class: "row grow", role: "search", onsubmit: event => {
      event.preventDefault();
      context.navigate("state", {person: search.value.trim()});
    }}, search, h("button", {class: "button primary"}, "Find")), body);
  const draw = async query => {
    const given = Object.fromEntries(query);
    search.value = given.person ?? "";
    if (given.person) return drawPeople(body, context, given.person);
    const chosen = collections.find(one => one.vendor === given.vendor && one.name === given.collection);
    return chosen ? drawCollection(body, context, collections, chosen, given) : drawOverview(body, context, collections);
  };
  await draw(context.query);
  return {update: draw};
}

function drawOverview(body, context, collections) {
  replace(body, h("div", {class: "cards"}, context.vendors.map(vendor => {
    const own = collections.filter(one => one.vendor === vendor.name);
    const line = one => h("li", {}, h("a", {href: context.href("state", {vendor: vendor.name, collection: one.name}), title: plain(one.description)}, one.title),
      h("span", {class: "number"}, number(one.count)));
    const [full, none] = [own.filter(one => one.count), own.filter(one => !one.count)];
    return h("section", {class: "card stack"}, h("h2", {}, vendor.title), h("ul", {class: "sums"}, full.map(line)),
      none.length > 0 && h("details", {}, h("summary", {class: "soft"}, `${none.length} empty`), h("ul", {class: "sums"}, none.map(line))),
      vendor.backstage.length > 0 && context.role !== "viewer" && h("div", {},
        button("Act backstage …", () => actBackstage(context, vendor), {title: "What a person would do in the vendor's own user interface"})));
  })));
}

// --- people --------------------------------------------------------------------------------------------------------

async function drawPeople(body, context, q) {
  const {people, more} = await context.api.get(withQuery(context.path("people"), {q, limit: 20}));
  if (!people.length) {
    replace(body, empty("Nobody is found", `No vendor of this world has a person whose name, address or id contains “${q}”.`,
      h("a", {class: "button", href: context.href("state")}, "All records")));
    return;
  }
  replace(body, h("p", {class: "soft", role: "status"}, more ? `The first ${people.length}; write more of the name to see others.` : `${plural(people.length, "person", "people")} found.`),
    people.map(one => personCard(context, one)));
}

const personCard = (context, person) => h("section", {class: "card stack person"},
  h("div", {}, h("h2", {}, person.name ?? person.email ?? "without a name"), person.name && person.email && h("p", {class: "soft"}, person.email)),
  personRecords(context, person));

/** What each vendor has of a person, with the audiences. */
function personRecords(context, person) {
  return h("dl", {class: "vendors"}, person.records.map(one => [
    h("dt", {}, one.id === null ? context.vendorTitle(one.vendor)
      : h("a", {href: recordLink(context, one.vendor, one.collection, one.id)}, context.vendorTitle(one.vendor)),
    h("small", {}, [one.id ?? "a hash of the address", one.country].filter(Boolean).join(" · "))),
    h("dd", {class: "row"}, one.audiences.map(audience => h("a", {class: "badge accent", href: recordLink(context, one.vendor, audience.collection, audience.id)}, audience.name)),
      !one.audiences.length && h("span", {class: "soft"}, "in no audience"),
      one.consents.length > 0 && h("small", {}, `accepts ${one.consents.join(", ")}`))]));
}

const recordLink = (context, vendor, collection, id) => context.href("state", {vendor, collection, id});

// --- a collection --------------------------------------------------------------------------------------------------

async function drawCollection(body, context, collections, chosen, given) {
  const {vendor, name} = chosen;
  const here = more => ({vendor, collection: name, search: given.search, ...more});
  const input = h("input", {type: "search", "aria-label": `Search ${chosen.title}`, placeholder: `Search ${chosen.title.toLowerCase()}`, value: given.search ?? ""});
  const picker = select(collections.filter(one => one.vendor === vendor).map(one => [one.name, `${one.title} (${number(one.count)})`]),
    {value: name, "aria-label": "Collection", onchange: () => context.navigate("state", {vendor, collection: picker.value})});
  const page = await context.api.get(withQuery(context.path("collections", vendor, name), {search: given.search, after: given.after, limit: PAGE}));
  const list = table({caption: chosen.title, rows: page.records, key: row => row.id, selected: given.id,
    href: row => context.href("state", here({after: given.after, id: row.id})),
    columns: [...columnsOf(chosen)]});
  const pager = h("div", {class: "row"}, given.after && button("First page", () => context.navigate("state", here())),
    page.next && button("Next page", () => context.navigate("state", here({after: page.next}))));
  const parts = split([h("div", {class: "scroll"}, list.element),
    !page.records.length && h("p", {class: "soft"}, given.search ? "Nothing here contains this text." : "This collection is empty."), pager],
  {label: "Record", onClose: () => context.navigate("state", here({after: given.after}), {replace: true})});
  replace(body, h("p", {class: "crumbs"}, h("a", {href: context.href("state")}, "All vendors"), h("span", {}, context.vendorTitle(vendor))),
    h("form", {class: "row grow", onsubmit: event => {
      event.preventDefault();
      context.navigate("state", {vendor, collection: name, search: input.value.trim()});
    }}, picker, input, h("button", {class: "button"}, "Search")),
    h("p", {class: "soft"}, plain(chosen.description)), parts.element);
  if (given.id) await drawRecord(parts, context, collections, chosen, given.id);
}

function* columnsOf(chosen) {
  const pointers = chosen.summary.length ? chosen.summary : ["/id"];
  for (const [index, pointer] of pointers.entries()) {
    yield {title: words(lastOf(pointer)), class: index > 1 ? "wide-only" : null, cell: row => valueCell(at(row.record, pointer), index ? "" : row.id)};
  }
}

const plain = text => text.replaceAll("`", "");
const lastOf = pointer => pointer.split("/").at(-1).replace(/^.*:/, "") || pointer;

/** The value at a JSON pointer, or undefined. */
const at = (value, pointer) => pointer.split("/").slice(1)
  .reduce((found, token) => found?.[token.replaceAll("~1", "/").replaceAll("~0", "~")], value);

function valueCell(value, instead) {
  if (value === null || value === undefined || value === "") return instead || h("span", {class: "soft"}, "–");
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return h("span", {class: "number"}, number(value));
  return clip(typeof value === "string" ? value : JSON.stringify(value), 60);
}

async function drawRecord(parts, context, collections, chosen, id) {
  const found = await context.api.get(context.path("collections", chosen.vendor, chosen.name, id));
  const items = [{name: "record", title: "Record", content: () => json(found.record, {open: 2, label: "Record"})}];
  if (chosen.holds === "people") items.unshift({name: "audiences", title: "In every vendor", content: () => later(personOf(context, id))});
  if (chosen.holds === "audiences") items.unshift({name: "members", title: "Members", content: () => members(context, chosen.vendor, id, collections)});
  parts.open(h("div", {}, h("h2", {}, titleOf(chosen, found)), h("p", {class: "soft mono"}, id)),
    found.refers.length > 0 && chosen.holds !== "people" && facts(unique(found.refers).slice(0, 12).map(one => [words(one.collection),
      h("a", {href: recordLink(context, chosen.vendor, one.collection, one.id)}, one.id)])),
    tabs(items, {label: "Parts of the record"}));
}

const unique = refers => [...new Map(refers.map(one => [`${one.collection}/${one.id}`, one])).values()];
const titleOf = (chosen, found) => String(chosen.summary.map(pointer => at(found.record, pointer)).find(value => typeof value === "string" && value) ?? found.id);

/** An element that a promise fills. */
function later(promise) {
  const place = h("div", {class: "stack", "aria-busy": "true"}, h("p", {class: "soft"}, "Loading …"));
  promise.then(child => replace(place, child), error => replace(place, h("p", {class: "error"}, error.message)))
    .finally(() => place.removeAttribute("aria-busy"));
  return place;
}

async function personOf(context, id) {
  const {people: [person]} = await context.api.get(withQuery(context.path("people"), {q: id, limit: 1}));
  return person ? personRecords(context, person) : h("p", {class: "soft"}, "Not found in any vendor.");
}

function members(context, vendor, id, collections) {
  const people = collections.find(one => one.vendor === vendor && one.holds === "people");
  if (!people) return h("p", {class: "soft"}, "This vendor keeps hashes of its members' addresses, not the people. Find a person by the address to see whether they are in this audience.");
  const input = h("input", {type: "search", "aria-label": "Search the members", placeholder: "Search the members"});
  const rows = table({caption: "Members", key: row => row.id, href: row => recordLink(context, vendor, people.name, row.id), columns: [
    {title: "name", cell: row => row.name ?? row.email ?? row.id}, {title: "e-mail", cell: row => row.email ?? "–"}, {title: "country", class: "wide-only", cell: row => row.country ?? "–"}]});
  const foot = h("div", {class: "row"});
  const load = async after => {
    const page = await context.api.get(withQuery(context.path("audiences", vendor, id, "members"), {search: input.value.trim(), after, limit: PAGE}));
    if (after) rows.append(page.members); else rows.update(page.members);
    replace(foot, page.next ? button(`${PAGE} more`, () => load(page.next)) : h("span", {class: "soft"}, rows.length ? plural(rows.length, "member") : "No members."));
  };
  const form = h("form", {class: "row grow", onsubmit: event => { event.preventDefault(); load().catch(error => replace(foot, error.message)); }}, input, h("button", {class: "button"}, "Search"));
  return [form, h("div", {class: "scroll"}, rows.element), foot, later(load().then(() => null))];
}

// --- backstage -----------------------------------------------------------------------------------------------------

async function actBackstage(context, vendor) {
  const contract = await context.api.get(`/vendors/${encodeURIComponent(vendor.name)}/backstage`);
  const actions = Object.entries(contract.paths).map(([path, item]) => ({name: path.slice(1), ...item.post}));
  const place = h("div", {class: "stack"});
  const picker = select(actions.map(one => [one.name, one.summary ?? words(one.name)]), {onchange: () => choose(picker.value)});
  let form;
  const choose = name => {
    const action = actions.find(one => one.name === name);
    const body = resolve(action.requestBody, contract)?.content?.["application/json"];
    const example = body?.example ?? resolve(Object.values(body?.examples ?? {})[0], contract)?.value;
    form = body ? schemaForm(body.schema, {root: contract, humanize: true, value: example}) : null;
    replace(place, action.description && h("p", {class: "soft"}, plain(action.description)), form?.element ?? h("p", {class: "soft"}, "This action needs nothing to be filled in."));
  };
  choose(actions[0].name);
  const result = h("div", {class: "stack", role: "status"});
  await dialog(`Backstage of ${vendor.title}`, h("div", {class: "stack"}, field("Action", picker), place, result), {wide: true, actions: close => [
    button("Close", () => close()), button("Do it", async () => {
      const reply = await context.api.post(context.path("backstage", vendor.name, picker.value), form?.value());
      replace(result, section("Done", await lastChange(context), reply !== null && json(reply, {open: 1, label: "Reply"})));
    }, {kind: "primary"})]});
  await context.navigate(null, context.query, {replace: true});
}

/** What the newest backstage action of the world has changed. */
async function lastChange(context) {
  const {actions} = await context.api.get(withQuery(context.path("actions"), {limit: 1000}));
  return actions.length ? countBadges(actions.at(-1).effect_counts) : null;
}
