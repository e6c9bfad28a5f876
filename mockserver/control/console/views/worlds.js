/* Worlds: the one that is open with its vendors, changes and snapshots; and all others. */

import {connect, countBadges, effectList} from "../effects.js";
import {a, append, ask, badge, button, code, confirm, dialog, dim, empty, failed, field, fill, h, heading, moment, plural, select, soft, table, tabs, toast} from "../view.js";

const NAMED = ["Small letters, digits, dots, dashes.", {pattern: "[a-z0-9][a-z0-9._\\-]{0,63}", maxlength: 64}];
const GENERATED = ["name", "Name", {placeholder: "a generated name", ...NAMED[1]}, NAMED[0]];

export async function show(here) {
  const {get, post, link, go, amend, writes, owns, refreshFrame} = here;
  const world = await get([]);
  const {name} = world;
  let {query} = here, tab = query.tab, focused;
  const done = async text => { toast(text); await refreshFrame(); await amend({}); };
  const open = (other, text) => { toast(text); refreshFrame().catch(failed); here.navigate("worlds", {}, other); };

  const asking = (label, question, text, action, said, then = done) => button(label, async () => {
    if (!await confirm(question, text, label)) return;
    await action();
    await then(said);
  }, "danger");

  const make = async (title, text, fields, action, done_, given) => {
    const made = await ask(title, text, [GENERATED, ...fields], action, values => {
      const {seed, people, ...rest} = Object.fromEntries(Object.entries(values).filter(([, value]) => value));
      return post("/worlds", {...given, ...rest, ...seed && {seed: Number(seed)}, ...people && {people: Number(people)}});
    });
    if (made) open(made.name, `The world “${made.name}” was ${done_}.`);
  };
  const create = () => make("New world", null, [["label", "Label", {}, "Whose it is, or what for."], ["scenario", "Scenario", {placeholder: world.scenario}],
    ["seed", "Seed", {inputmode: "numeric", placeholder: world.seed}, "The same seed gives the same people."], ["people", "People", {inputmode: "numeric", placeholder: world.people}]], "Make the world", "made");
  const fork = () => make(`Fork “${name}”`, "A world of its own that starts as this one is now: its calls change nothing here.", [["label", "Label"]], "Fork", "forked", {from: name});
  const snapshot = async () => {
    const taken = await ask("Take a snapshot", "The records, clock, jobs, faults and settings as they are now.", [["name", "Name", {required: true, ...NAMED[1]}, `${NAMED[0]} One of the same name is replaced.`]], "Take it", values => post("snapshots", values));
    if (taken) await done(`The snapshot “${taken.name}” was taken.`);
  };
  const share = async () => {
    const role = select([["viewer", "watch: reads everything, changes nothing"], ["operator", "use: does everything in the copy"]]);
    const made = await ask("Share this world", "Each guest gets a copy of the world as it is then. The copy ends after a day.", [["role", "Visitors may", role], ["label", "For whom", {placeholder: "a name for your list"}],
      ["days", "Days until the link ends", {value: "7", inputmode: "numeric", required: true, pattern: "[1-9][0-9]{0,2}"}]], "Make a link",
    ({label, days, ...rest}) => post("links", {...rest, lifetime: Number(days) * 86400, ...label && {label}}));
    if (!made) return;
    await dialog("The link", () => [soft("It is shown this once. You can end it under Links."), code(made.url, "Copy link", "Copied: send it to your guest.")]);
    await amend({tab: "links"});
  };

  async function changes() {
    const {from, to, vendor} = here.query;
    const [{snapshots: taken}, diff] = await Promise.all([get("snapshots"), get("diff", {from, to, vendor, limit: 200})]);
    const places = [...Map.groupBy(diff.changes, one => `${one.vendor}.${one.collection}`)];
    const pick = (key, first) => select([first, ...taken.map(one => one.name)], {name: key, value: here.query[key] ?? first, onchange: value => go({[key]: value})});
    if (focused) requestAnimationFrame(() => holder.querySelector(`select[name="${focused}"]`)?.focus());
    return [h(".row.fields", field("From", pick("from", "start")), field("To", pick("to", "now")), field("Vendor", here.vendorPicker(vendor ?? "", value => go({vendor: value}), "all"))),
      diff.changes.length ? [countBadges(diff.counts), places.map(([place, found]) => h("details", {open: places.length < 6}, h("summary", h("strong", place), dim(` ${plural(found.length, "record")}`)), effectList(found, here)))]
        : empty("Nothing has changed", `No record differs between ${diff.from} and ${diff.to}.`),
      diff.more > 0 && soft(`${plural(diff.more, "further change")} not listed; choose one vendor to see more.`)];
  }

  async function snapshots() {
    const {snapshots: all} = await get("snapshots");
    if (!all.length) return empty("No snapshots yet", "A snapshot is a state that you can return to: take one before you try something.", writes && button("Take a snapshot", snapshot, "primary"));
    return table("Snapshots", [["Snapshot", one => h("strong", one.name)], ["Actions", one => h(".row.end", a(link({tab: "changes", from: one.name}), "What has changed since", "button quiet"),
      writes && [button("Restore", async () => { await post(["snapshots", one.name, "restore"]); await done(`The world is as it was at “${one.name}”.`); }, "", {title: `Return to ${one.name}`}),
        asking("Delete", `Delete the snapshot “${one.name}”?`, "The world stays as it is.", () => here.remove(["snapshots", one.name]), "The snapshot was deleted.")]), "offscreen"]], all);
  }

  async function links() {
    const {links: all} = await get("links");
    if (!all.length) return empty("No links yet", "A link gives others a copy of this world, without a token of yours.", button("Share", share, "primary"));
    return table("Links", [["For", one => h("strong", one.label ?? one.id)], ["Role", one => one.role], ["Ends", one => moment(one.expires), "aside"], ["Copies", one => one.worlds.length, "number"],
      ["Actions", one => asking("Revoke", "Revoke the link?", `It opens no longer, and ${plural(one.worlds.length, "copy", "copies")} that guests have made end.`, () => here.remove(["links", one.id]), "The link was revoked."), "offscreen"]], all);
  }

  const parts = () => tabs(`The world ${name}`, [["connect", "Connect", () => connect(here)], ["changes", "Changes", changes], ["snapshots", "Snapshots", snapshots], ...owns ? [["links", "Links", links]] : []],
    here.query.tab, chosen => { tab = chosen; amend({tab}); });
  const [list, more, holder] = [h("ul.world-list"), h(".row"), h("div", parts())];
  const page = async after => {
    const {worlds, next} = await get("/worlds", {limit: 100, after});
    append(list, worlds.map(one => h("li", h("a", {href: here.href("worlds", {}, one.name), "aria-current": one.name === name}, h("strong", one.name), h("small", one.label ?? `${one.scenario}, ${plural(one.people, "person", "people")}`)))));
    fill(more, next && button("More worlds", () => page(next)));
  };
  if (owns) await page(0); // a guest has one world

  here.update = next => {
    const differs = Object.keys({...query, ...next}).filter(key => query[key] !== next[key]);
    query = next;
    if (differs.join() === "tab" && next.tab === tab) return; // the tabs show it already
    tab = next.tab;
    focused = document.activeElement.name;
    fill(holder, parts());
  };
  return h("div", {class: owns && "beside"},
    owns && h("section.stack", {"aria-label": "All worlds"}, h(".row.spread", h("h2", "All worlds"), button("New world", create)), list, more),
    h(".stack", heading(name, world.label, writes && [owns && button("Share", share, "primary"), button("Snapshot", snapshot), owns && button("Fork", fork),
      asking("Reset", `Reset “${name}”?`, "Records, clock, settings and faults return to the start, and the journal is emptied. Snapshots stay.", () => post("reset", {}), "The world is at its start again."),
      owns && name !== "default" && asking("Delete", `Delete “${name}”?`, "Its records, journal and snapshots are deleted.", () => here.remove([]), `The world “${name}” was deleted.`, said => open("default", said))]),
    h(".row", [`scenario ${world.scenario}`, `seed ${world.seed}`, plural(world.people, "person", "people"), `made ${moment(world.created)}`].map(text => badge(text))), holder));
}
