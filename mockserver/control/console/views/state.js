/* State: the records of a world in each vendor's own nouns, people across all vendors, members, backstage. */

import {append, h, replace} from "../dom.js";
import {countBadges} from "../effects.js";
import {clip, number, plain, plural, words} from "../format.js";
import {resolve, schemaForm} from "../schema_form.js";
import {button, dialog, empty, facts, field, heading, json, searchForm, section, select, soft, split, table, tabs} from "../view.js";

export const title = "State";
const PAGE = 50;

export async function show(root, context) {
  const {collections} = await context.get("collections");
  const body = h(".stack");
  const find = person => context.navigate("state", {person});
  const form = searchForm("Find a person in every vendor", find, {main: true, action: "Find", placeholder: "Find a person in every vendor: name, e-mail address or id"});
  append(root, heading("State", "What the vendors have stored, in their own nouns."), form, body);
  context.update = query => {
    form.querySelector("input").value = query.person ?? "";
    const chosen = collections.find(one => one.vendor === query.vendor && one.name === query.collection);
    return query.person ? drawPeople(body, context, query.person) : chosen ? drawCollection(body, context, collections, chosen) : drawOverview(body, context, collections);
  };
  await context.update(context.query);
}

function drawOverview(body, context, collections) {
  const sums = list => h("ul.sums", list.map(one => h("li", h("a", {href: context.href("state", {vendor: one.vendor, collection: one.name}), title: plain(one.description)}, one.title), h("span.number", number(one.count)))));
  replace(body, h(".cards", context.vendors.map(vendor => {
    const [full, none] = [true, false].map(isFull => collections.filter(one => one.vendor === vendor.name && one.count > 0 === isFull));
    return h("section.card.stack", h("h2", vendor.title), sums(full), none.length > 0 && h("details", h("summary.soft", `${none.length} empty`), sums(none)),
      vendor.backstage.length > 0 && context.writes && h("div", button("Act backstage …", () => actBackstage(context, vendor), {title: "What a person would do in the vendor's own user interface"})));
  })));
}

// --- people --------------------------------------------------------------------------------------------------------

async function drawPeople(body, context, q) {
  const {people, more} = await context.get("people", {q, limit: 20});
  replace(body, people.length ? h("p.soft", {role: "status"}, more ? `The first ${people.length}; write more of the name to see others.` : `${plural(people.length, "person", "people")} found.`)
    : empty("Nobody is found", `No vendor of this world has a person whose name, address or id contains “${q}”.`, h("a.button", {href: context.href("state")}, "All records")),
  people.map(one => h("section.card.stack.person", h("div", h("h2", one.name ?? one.email ?? "without a name"), one.name && one.email && soft(one.email)), personRecords(context, one))));
}

/** What each vendor has of a person, with the audiences. */
const personRecords = (context, person) => h("dl.vendors", person.records.map(one => [
  h("dt", one.id === null ? context.vendorTitle(one.vendor) : h("a", {href: context.record(one)}, context.vendorTitle(one.vendor)),
    h("small", [one.id ?? "a hash of the address", one.country].filter(Boolean).join(" · "))),
  h("dd.row", one.audiences.map(audience => h("a.badge.accent", {href: context.record({...audience, vendor: one.vendor})}, audience.name)),
    !one.audiences.length && h("span.soft", "in no audience"), one.consents.length > 0 && h("small", `accepts ${one.consents.join(", ")}`))]));

// --- a collection --------------------------------------------------------------------------------------------------

async function drawCollection(body, context, collections, chosen) {
  const {vendor, name, summary} = chosen;
  const {search, after, id} = context.query;
  const go = changes => context.navigate("state", {vendor, collection: name, ...changes});
  const picker = select(collections.filter(one => one.vendor === vendor).map(one => [one.name, `${one.title} (${number(one.count)})`]),
    {value: name, "aria-label": "Collection", onchange: collection => go({collection})});
  const page = await context.get(["collections", vendor, name], {search, after, limit: PAGE});
  const columns = (summary.length ? summary : ["/id"]).map((pointer, index) =>
    [words(pointer.split("/").at(-1).replace(/^.*:/, "")), row => cell(at(row.record, pointer), index ? "–" : row.id), index > 1 && "wide-only"]);
  const parts = split([table(chosen.title, columns, page.records, {key: row => row.id, selected: id, href: row => context.link({id: row.id})}).element,
    !page.records.length && soft(search ? "Nothing here contains this text." : "This collection is empty."),
    h(".row", after && button("First page", () => go({search})), page.next && button("Next page", () => go({search, after: page.next})))], "Record", () => context.go({id: ""}, {replace: true}));
  replace(body, h("p.row", h("a", {href: context.href("state")}, "All vendors"), h("span.soft", `/ ${context.vendorTitle(vendor)}`)),
    searchForm(`Search ${chosen.title}`, text => go({search: text}), {value: search, before: picker, action: "Search"}), soft(plain(chosen.description)), parts.element);
  if (id) parts.open(await recordOf(context, collections, chosen, id));
}

/** The value at a JSON pointer, or undefined. */
const at = (value, pointer) => pointer.split("/").slice(1).reduce((found, token) => found?.[token.replaceAll("~1", "/").replaceAll("~0", "~")], value);

const cell = (value, instead) => [null, undefined, ""].includes(value) ? instead : typeof value === "boolean" ? value ? "yes" : "no"
  : typeof value === "number" ? number(value) : clip(typeof value === "string" ? value : JSON.stringify(value), 60);

async function recordOf(context, collections, chosen, id) {
  const found = await context.get(["collections", chosen.vendor, chosen.name, id]);
  const items = [["record", "Record", () => json(found.record, 2, "Record")]];
  if (chosen.holds === "people") items.unshift(["audiences", "In every vendor", () => personOf(context, id)]);
  if (chosen.holds === "audiences") items.unshift(["members", "Members", () => members(context, chosen.vendor, id, collections)]);
  const refers = [...new Map(found.refers.map(one => [`${one.collection}/${one.id}`, one])).values()];
  const name = chosen.summary.map(pointer => at(found.record, pointer)).find(value => typeof value === "string" && value) ?? found.id;
  return [h("div", h("h2", name), h("p.soft.mono", id)),
    refers.length > 0 && chosen.holds !== "people" && facts(refers.slice(0, 12).map(one => [words(one.collection), h("a", {href: context.record({...one, vendor: chosen.vendor})}, one.id)])),
    tabs("Parts of the record", items)];
}

async function personOf(context, id) {
  const {people: [person]} = await context.get("people", {q: id, limit: 1});
  return person ? personRecords(context, person) : soft("Not found in any vendor.");
}

async function members(context, vendor, id, collections) {
  const people = collections.find(one => one.vendor === vendor && one.holds === "people");
  if (!people) return soft("This vendor keeps hashes of its members' addresses, not the people. Find a person by the address to see whether they are in this audience.");
  const rows = table("Members", [["name", row => row.name ?? row.email ?? row.id], ["e-mail", row => row.email ?? "–"], ["country", row => row.country ?? "–", "wide-only"]], [],
    {key: row => row.id, href: row => context.record({vendor, collection: people.name, id: row.id})});
  const foot = h(".row");
  const load = async (search, after) => {
    const page = await context.get(["audiences", vendor, id, "members"], {search, after, limit: PAGE});
    rows[after ? "append" : "update"](page.members);
    replace(foot, page.next ? button(`${PAGE} more`, () => load(search, page.next)) : h("span.soft", rows.length ? plural(rows.length, "member") : "No members."));
  };
  await load();
  return [searchForm("Search the members", text => load(text), {action: "Search"}), rows.element, foot];
}

// --- backstage -----------------------------------------------------------------------------------------------------

async function actBackstage(context, vendor) {
  const contract = await context.get(["/vendors", vendor.name, "backstage"]);
  const actions = new Map(Object.entries(contract.paths).map(([path, item]) => [path.slice(1), item.post]));
  const [place, result] = [h(".stack"), h(".stack", {role: "status"})];
  let form;
  const choose = name => {
    const {requestBody, description} = actions.get(name);
    const body = resolve(requestBody, contract)?.content?.["application/json"];
    const example = body?.example ?? resolve(Object.values(body?.examples ?? {})[0], contract).value;
    form = body && schemaForm(body.schema, contract, example, words);
    replace(place, description && soft(plain(description)), form?.element ?? soft("This action needs nothing to be filled in."));
  };
  const picker = select([...actions].map(([name, one]) => [name, one.summary ?? words(name)]), {onchange: choose});
  choose(picker.value);
  await dialog(`Backstage of ${vendor.title}`, () => h(".stack", field("Action", picker), place, result), close => [
    button("Close", () => close()), button("Do it", async () => {
      const reply = await context.post(["backstage", vendor.name, picker.value], form?.value());
      const {actions: done} = await context.get("actions", {limit: 1000});
      replace(result, section("Done", countBadges(done.at(-1)?.effect_counts), reply !== null && json(reply, 1, "Reply")));
    }, {kind: "primary"})], "wide");
  await context.go({}, {replace: true});
}
