/* Worlds: the one that is open with its vendors, changes and snapshots; and all others. */

import {withQuery} from "../api.js";
import {append, h, replace} from "../dom.js";
import {connect, countBadges, effectList} from "../effects.js";
import {moment, plural} from "../format.js";
import {ask, badge, button, code, confirm, dialog, empty, failed, field, heading, select, table, tabs, toast} from "../view.js";

export const title = "Worlds";

const NAME = {pattern: "[a-z0-9][a-z0-9._\\-]{0,63}", maxlength: 64};
const NAME_HINT = "Small letters, digits, dots, dashes.";

export async function show(root, context) {
  const {api, path, href, navigate, role, refreshFrame} = context;
  let query = context.query;
  let tab = query.get("tab");
  let focusAgain = () => null;
  const world = await api.get(path());
  const writes = role !== "viewer";
  const owns = role === "owner";
  const go = (changes, options) => navigate("worlds", {...Object.fromEntries(query), ...changes}, options);
  const done = async text => { toast(text); await refreshFrame(); await navigate("worlds", query, {replace: true}); };
  const open = (name, text) => { toast(text); refreshFrame().catch(failed); navigate("worlds", {}, {world: name}); };
  const isDefault = world.name === "default";

  const make = () => ask("New world", [
    {name: "name", label: "Name", placeholder: "a generated name", hint: NAME_HINT, ...NAME},
    {name: "label", label: "Label", hint: "Whose it is, or what for."},
    {name: "scenario", label: "Scenario", placeholder: world.scenario, list: "scenarios"},
    {name: "seed", label: "Seed", inputmode: "numeric", placeholder: String(world.seed), hint: "The same seed gives the same people."},
    {name: "people", label: "People", inputmode: "numeric", placeholder: String(world.people)},
  ], "Make the world", async values => {
    const body = Object.fromEntries(Object.entries(values).filter(([, value]) => value)
      .map(([name, value]) => [name, ["seed", "people"].includes(name) ? Number(value) : value]));
    return (await api.post("/worlds", body)).name;
  }).then(name => name && open(name, `The world “${name}” was made.`));

  const fork = () => ask(`Fork “${world.name}”`, [
    {name: "name", label: "Name", placeholder: "a generated name", hint: NAME_HINT, ...NAME}, {name: "label", label: "Label"},
  ], "Fork", async ({name, label}) => (await api.post("/worlds", {from: world.name, ...name && {name}, ...label && {label}})).name,
  {text: "A world of its own that starts as this one is now: its calls change nothing here."}).then(name => name && open(name, `The world “${name}” was forked.`));

  const reset = async () => {
    if (await confirm(`Reset “${world.name}”?`, "Records, clock, settings and faults return to the start, and the journal is emptied. Snapshots stay.", "Reset")) {
      await api.post(path("reset"), {});
      await done("The world is at its start again.");
    }
  };
  const remove = async () => {
    if (await confirm(`Delete “${world.name}”?`, "Its records, journal and snapshots are deleted.", "Delete")) {
      await api.delete(path());
      open("default", `The world “${world.name}” was deleted.`);
    }
  };
  const snapshot = () => ask("Take a snapshot", [{name: "name", label: "Name", required: true, hint: `${NAME_HINT} One of the same name is replaced.`, ...NAME}], "Take it",
    ({name}) => api.post(path("snapshots"), {name}), {text: "The records, clock, jobs, faults and settings as they are now."}).then(taken => taken && done(`The snapshot “${taken.name}” was taken.`));

  // --- the parts of the open world -------------------------------------------------------------------------------

  async function changes() {
    const {snapshots} = await api.get(path("snapshots"));
    const names = snapshots.map(one => one.name);
    const from = select(["start", ...names], {name: "from", value: query.get("from") ?? "start", onchange: () => go({from: from.value})});
    const to = select(["now", ...names], {name: "to", value: query.get("to") ?? "now", onchange: () => go({to: to.value})});
    const vendor = select([["", "all"], ...context.vendors.map(one => [one.name, one.title])], {name: "vendor", value: query.get("vendor") ?? "", onchange: () => go({vendor: vendor.value})});
    const diff = await api.get(withQuery(path("diff"), {from: query.get("from"), to: query.get("to"), vendor: query.get("vendor"), limit: 200}));
    const byPlace = Map.groupBy(diff.changes, one => `${one.vendor}.${one.collection}`);
    const link = one => href("state", {vendor: one.vendor, collection: one.collection, id: one.id});
    return [h("div", {class: "row fields"}, field("From", from), field("To", to), field("Vendor", vendor)),
      diff.changes.length ? [countBadges(diff.counts), [...byPlace].map(([place, found]) =>
        h("details", {open: byPlace.size < 6}, h("summary", {}, h("strong", {}, place), h("span", {class: "soft"}, ` ${plural(found.length, "record")}`)), effectList(found, {href: link})))]
        : empty("Nothing has changed", `No record differs between ${diff.from} and ${diff.to}.`),
      diff.more ? h("p", {class: "soft"}, `${plural(diff.more, "further change")} not listed; choose one vendor to see more.`) : null];
  }

  async function snapshotList() {
    const {snapshots} = await api.get(path("snapshots"));
    if (!snapshots.length) return empty("No snapshots yet", "A snapshot is a state that you can return to: take one before you try something.", writes && button("Take a snapshot", snapshot, {kind: "primary"}));
    return table({caption: "Snapshots", rows: snapshots, key: one => one.name, columns: [
      {title: "Snapshot", cell: one => h("strong", {}, one.name)},
      {title: "Actions", hidden: true, class: "number", cell: one => h("div", {class: "row end"},
        h("a", {class: "button quiet", href: href("worlds", {tab: "changes", from: one.name})}, "What has changed since"),
        writes && button("Restore", async () => {
          await api.post(path("snapshots", one.name, "restore"));
          await done(`The world is as it was at “${one.name}”.`);
        }, {title: `Return to ${one.name}`}),
        writes && button("Delete", async () => {
          if (!await confirm(`Delete the snapshot “${one.name}”?`, "The world stays as it is.", "Delete")) return;
          await api.delete(path("snapshots", one.name));
          await done("The snapshot was deleted.");
        }, {kind: "danger"}))},
    ]}).element;
  }

  const later = make_ => () => {
    const box = h("div", {class: "stack"});
    make_().then(content => { replace(box, content); focusAgain(); }, error => replace(box, h("p", {class: "error", role: "alert"}, error.message)));
    return box;
  };
  const parts = () => tabs([
    {name: "connect", title: "Connect", content: later(() => connect(context))},
    {name: "changes", title: "Changes", content: later(changes)},
    {name: "snapshots", title: "Snapshots", content: later(snapshotList)},
    ...owns ? [{name: "links", title: "Links", content: later(linkList)}] : [],
  ], {label: `The world ${world.name}`, selected: query.get("tab"), onSelect: chosen => { tab = chosen; go({tab}, {replace: true}); }});

  const list = h("ul", {class: "world-list"});
  const more = h("div", {class: "row"});
  const page = async after => {
    const {worlds, next} = await api.get(withQuery("/worlds", {limit: 100, after}));
    append(list, worlds.map(one => h("li", {}, h("a", {href: href("worlds", {}, {world: one.name}), "aria-current": one.name === world.name ? "true" : null},
      h("strong", {}, one.name), h("span", {class: "soft"}, one.label ?? `${one.scenario}, ${plural(one.people, "person", "people")}`)))));
    replace(more, next && button("More worlds", () => page(next)));
  };
  if (owns) await page(0); // a guest has one world

  const holder = h("div", {}, parts());
  replace(root, h("div", {class: owns && "beside"},
    owns && h("section", {class: "part", "aria-label": "All worlds"}, h("div", {class: "row spread"}, h("h2", {}, "All worlds"), button("New world", make)), list, more),
    h("div", {class: "part"},
      heading(world.name, world.label, writes && [
        owns && button("Share", share, {kind: "primary"}), button("Snapshot", snapshot), owns && button("Fork", fork), button("Reset", reset),
        isDefault || !owns ? null : button("Delete", remove, {kind: "danger"})]),
      h("div", {class: "row"}, badge(`scenario ${world.scenario}`), badge(`seed ${world.seed}`), badge(plural(world.people, "person", "people")), badge(`made ${moment(world.created)}`)),
      holder)));

  async function share() {
    const role = select([["viewer", "watch: reads everything, changes nothing"], ["operator", "use: does everything in the copy"]]);
    const made = await ask("Share this world", [
      {name: "role", label: "Visitors may", node: role},
      {name: "label", label: "For whom", placeholder: "a name for your list"},
      {name: "days", label: "Days until the link ends", value: "7", inputmode: "numeric", required: true, pattern: "[1-9][0-9]{0,2}"},
    ], "Make a link", ({label, days, ...rest}) => api.post(path("links"), {...rest, lifetime: Number(days) * 86400, ...label && {label}}),
    {text: "Each guest gets a copy of the world as it is then. The copy ends after a day."});
    if (!made) return;
    await dialog("The link", [h("p", {class: "soft"}, "It is shown this once. You can end it under Links."), code(made.url, {label: "Copy link", copied: "Copied: send it to your guest."})]);
    await go({tab: "links"}, {replace: true});
  }

  async function linkList() {
    const {links} = await api.get(path("links"));
    if (!links.length) return empty("No links yet", "A link gives others a copy of this world, without a token of yours.", button("Share", share, {kind: "primary"}));
    return table({caption: "Links", rows: links, key: one => one.id, columns: [
      {title: "For", cell: one => h("strong", {}, one.label ?? one.id)},
      {title: "Role", cell: one => one.role},
      {title: "Ends", class: "aside", cell: one => moment(one.expires)},
      {title: "Copies", class: "number", cell: one => one.worlds.length},
      {title: "Actions", hidden: true, class: "number", cell: one => button("Revoke", async () => {
        if (!await confirm("Revoke the link?", `It opens no longer, and ${plural(one.worlds.length, "copy", "copies")} that guests have made end.`, "Revoke")) return;
        await api.delete(path("links", one.id));
        await done("The link was revoked.");
      }, {kind: "danger"})},
    ]}).element;
  }

  return {update(next) {
    const same = [...new Set([...next.keys(), ...query.keys()])].filter(key => next.get(key) !== query.get(key));
    query = next;
    if (same.join() === "tab" && query.get("tab") === tab) return; // the tabs show it already
    const focused = document.activeElement?.name;
    replace(holder, parts());
    focusAgain = () => holder.querySelector(`select[name="${focused}"]`)?.focus();
  }};
}
