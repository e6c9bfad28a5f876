/* State: the records of a world in each vendor's own nouns, people across all vendors, members, backstage. */

import {countBadges} from "../effects.js";
import {at, exampleOf, resolve, schemaForm} from "../schema_form.js";
import {a, button, clip, dialog, dim, empty, facts, field, fill, fold, h, heading, joined, json, number, plain, plural, searchForm, section, select, soft, split, table, tabs, textOf, words} from "../view.js";

const PAGE = 50;

export async function show(here) {
  const {person, vendor, collection: name} = here.query;
  const {collections} = await here.get("collections");
  const chosen = collections.find(one => one.vendor === vendor && one.name === name);
  return [heading("State", "What the vendors have stored, in their own nouns."),
    searchForm("Find a person in every vendor", text => here.navigate("state", {person: text}), {value: person, placeholder: "Find a person in every vendor: name, e-mail address or id"}),
    await (person ? people(here, person) : chosen ? collection(here, collections, chosen) : overview(here, collections))];
}

function overview(here, collections) {
  const sums = list => h("ul.sums", list.map(one => h("li", h("a", {href: here.href("state", {vendor: one.vendor, collection: one.name}), title: plain(one.description)}, one.title), h("span.number", number(one.count)))));
  return h(".cards", here.vendors.map(vendor => {
    const {full = [], none} = Object.groupBy(collections.filter(one => one.vendor === vendor.name), one => one.count ? "full" : "none");
    return h("section.card.stack", h("h2", vendor.title), sums(full), none && fold(dim(`${none.length} empty`), sums(none)),
      vendor.backstage.length > 0 && here.writes && h("div", button("Act backstage …", () => actBackstage(here, vendor), "", {title: "As in the vendor's own user interface"})));
  }));
}

// people

async function people(here, q) {
  const {people: found, more} = await here.get("people", {q, limit: 20});
  if (!found.length) return empty("Nobody is found", `No vendor has a person whose name, address or id contains “${q}”.`, a(here.href("state"), "All records", "button"));
  return [h("p.soft", {role: "status"}, more ? `The first ${found.length}; write more of the name to see others.` : `${plural(found.length, "person", "people")} found.`),
    found.map(one => h("section.card.stack.person", h("div", h("h2", one.name ?? one.email ?? "without a name"), one.name && one.email && soft(one.email)), personRecords(here, one)))];
}

const personRecords = (here, person) => facts(person.records.map(one => {
  const title = here.vendorTitle(one.vendor);
  return [[one.id === null ? title : a(here.record(one), title), h("small", joined([one.id ?? "a hash of the address", one.country], " · "))],
    h(".row", one.audiences.map(audience => a(here.record({...audience, vendor: one.vendor}), audience.name, "badge accent")),
      !one.audiences.length && dim("in no audience"), one.consents.length > 0 && h("small", `accepts ${joined(one.consents)}`))];
}));

// a collection

async function collection(here, collections, chosen) {
  const {vendor, name, summary, title} = chosen;
  const {search, after} = here.query;
  const siblings = collections.filter(one => one.vendor === vendor).map(one => [one.name, `${one.title} (${number(one.count)})`]);
  const page = await here.get(["collections", vendor, name], {search, after, limit: PAGE});
  const columns = (summary.length ? summary : ["/id"]).map((pointer, index) =>
    [words(pointer.split("/").at(-1).replace(/^.*:/, "")), row => cell(at(row.record, pointer), index ? "–" : row.id), index > 1 && "aside"]);
  const rows = table(title, columns, page.records, {key: row => row.id, href: row => here.link({id: row.id, tab: ""})});
  const goTo = (label, next) => button(label, () => here.go({after: next, id: ""}));
  return [h("p.row", a(here.href("state"), "All vendors"), dim(`/ ${here.vendorTitle(vendor)}`)),
    h(".cards.pair", here.pick("Collection", "collection", siblings, {search: "", after: "", id: "", tab: ""}), searchForm(`Search ${title}`, text => here.go({search: text, after: "", id: ""}), {value: search})), soft(plain(chosen.description)),
    await split(here, "id", "Record", [rows, !page.records.length && soft(search ? "Nothing here contains this text." : "This collection is empty."),
      h(".row", after && goTo("First page", ""), page.next && goTo("Next page", page.next))], rows, id => record(here, collections, chosen, id))];
}

const cell = (value, instead) => value == null || value === "" ? instead : typeof value === "number" ? number(value) : clip(textOf(value), 60);

async function record(here, collections, {vendor, name, holds, summary}, id) {
  const found = await here.get(["collections", vendor, name, id]);
  const title = summary.map(pointer => at(found.record, pointer)).find(value => typeof value === "string" && value) ?? found.id;
  return [h("div", h("h2", title), h("p.soft.mono", id)),
    holds !== "people" && facts(found.refers.slice(0, 12).map(one => [one.pointer, a(here.record({...one, vendor}), `${words(one.collection)} ${one.id}`)])),
    tabs("Parts of the record", [
      holds === "people" && ["audiences", "In every vendor", () => person(here, id)],
      holds === "audiences" && ["members", "Members", () => members(here, vendor, id, collections)],
      ["record", "Record", () => json(found.record, 2, "Record")],
    ], here)];
}

async function person(here, id) {
  const {people: [found]} = await here.get("people", {q: id, limit: 1});
  return found ? personRecords(here, found) : soft("Not found in any vendor.");
}

async function members(here, vendor, id, collections) {
  const holder = collections.find(one => one.vendor === vendor && one.holds === "people");
  if (!holder) return soft("This vendor keeps hashes, not people. Find a person by the address to see whether they are in this audience.");
  const rows = table("Members", [["name", row => row.name ?? row.email ?? row.id], ["e-mail", row => row.email ?? "–"], ["country", row => row.country ?? "–", "aside"]], [],
    {key: row => row.id, href: row => here.record({vendor, collection: holder.name, id: row.id})});
  const foot = h(".row");
  const load = async (search, after) => {
    const page = await here.get(["audiences", vendor, id, "members"], {search, after, limit: PAGE});
    rows[after ? "more" : "fill"](page.members);
    fill(foot, page.next ? button(`${PAGE} more`, () => load(search, page.next)) : dim(rows.rows.length ? plural(rows.rows.length, "member") : "No members."));
  };
  await load();
  return [searchForm("Search the members", load), rows, foot];
}

// backstage

async function actBackstage(here, vendor) {
  const contract = await here.get(["/vendors", vendor.name, "backstage"]);
  const [place, result] = [h(".stack"), h(".stack", {role: "status"})];
  let form;
  const choose = name => {
    const {requestBody, description} = contract.paths[`/${name}`].post;
    const body = resolve(requestBody, contract).content?.["application/json"];
    form = body && schemaForm(body.schema, contract, exampleOf(body, contract), words);
    fill(place, description && soft(plain(description)), form ?? soft("This action needs nothing to be filled in."));
  };
  const picker = select(Object.entries(contract.paths).map(([path, {post}]) => [path.slice(1), post.summary ?? words(path.slice(1))]), {onchange: choose});
  choose(picker.value);
  const act = async () => {
    const reply = await here.post(["backstage", vendor.name, picker.value], form?.read());
    const {actions: done} = await here.get("actions", {limit: 1000});
    fill(result, section("Done", countBadges(done.at(-1)?.effect_counts), reply !== null && json(reply, 1, "Reply")));
  };
  await dialog(`Backstage of ${vendor.title}`, close => h(".stack", field("Action", picker), place, result, h(".row.end", button("Close", () => close()), button("Do it", act, "primary"))), "wide");
  await here.redraw();
}
