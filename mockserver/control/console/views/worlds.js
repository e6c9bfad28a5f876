/* Worlds: the one that is open with its vendors, changes and snapshots; and all others. */

import {connect, countBadges, effectList} from "../effects.js";
import {a, append, ask, asking, badge, button, code, dialog, dim, empty, fill, h, field, heading, line, moment, plural, select, soft, table, tabs, toast} from "../view.js";

const NAMED = {pattern: "[a-z0-9][a-z0-9._\\-]{0,63}", maxlength: 64};
const NAME_HINT = "Small letters, digits, dots, dashes.";

export async function show(here) {
  const {get, post, link, writes, owns} = here;
  const world = await get([]), {name} = world;
  const done = text => { toast(text); setTimeout(here.redraw); }; // once a dialog is closed, which gives the focus back
  const open = (other, text) => { toast(text); here.navigate("worlds", {}, other); };

  const make = (title, fields, action, given) => ask(title, [line("Name", "name", NAME_HINT, {placeholder: "a generated name", ...NAMED}), line("Label", "label", "Whose it is, or what for."), fields], action, async values => {
    const made = await post("/worlds", {...given, ...values});
    open(made.name, `The world “${made.name}” was made.`);
  });
  const create = () => make("New world", [line("Scenario", "scenario", null, {placeholder: world.scenario}),
    line("Seed", "seed", "The same seed gives the same people.", {placeholder: world.seed, type: "number"}), line("People", "people", null, {placeholder: world.people, type: "number"})], "Make the world");
  const fork = () => make(`Fork “${name}”`, soft("It starts as this world is now; its calls change nothing here."), "Fork", {from: name});
  const snapshot = () => ask("Take a snapshot", [soft("The records, clock, jobs, faults and settings as they are now."), line("Name", "name", `${NAME_HINT} One of the same name is replaced.`, {required: true, ...NAMED})], "Take it", async values => {
    await post("snapshots", values);
    done(`The snapshot “${values.name}” was taken.`);
  });
  const share = async () => {
    const made = await ask("Share this world", [soft("Each guest gets a copy of the world as it is then. The copy ends after a day."),
      field("Visitors may", select([["viewer", "watch: reads everything, changes nothing"], ["operator", "use: does everything in the copy"]], {name: "role"})), line("For whom", "label", null, {placeholder: "a name for your list"}),
      line("Days until the link ends", "days", null, {type: "number", value: 7, min: 1, max: 365, required: true})], "Make a link", ({days, ...rest}) => post("links", {...rest, lifetime: days * 86400}));
    if (!made) return;
    await dialog("The link", () => [soft("It is shown this once. You can end it under Links."), code(made.url, "Copy link", "Copied: send it to your guest.")]);
    here.go({tab: "links"});
  };

  async function changes() {
    const {from, to, vendor} = here.query;
    const [{snapshots: taken}, diff] = await Promise.all([get("snapshots"), get("diff", {from, to, vendor, limit: 200})]);
    const places = [...Map.groupBy(diff.changes, one => `${one.vendor}.${one.collection}`)], states = taken.map(one => one.name);
    return [h(".cards.pair", here.pick("From", "from", ["start", ...states]), here.pick("To", "to", ["now", ...states]), here.pick("Vendor", "vendor", [["", "all"], ...here.vendorNames])),
      diff.changes.length ? [countBadges(diff.counts), places.map(([place, found]) => h("details", {open: places.length < 6}, h("summary", h("strong", place), dim(` ${plural(found.length, "record")}`)), effectList(found, here)))]
        : empty("Nothing has changed", `No record differs between ${diff.from} and ${diff.to}.`),
      diff.more > 0 && soft(`${plural(diff.more, "further change")} not listed; choose one vendor to see more.`)];
  }

  async function snapshots() {
    const {snapshots: all} = await get("snapshots");
    if (!all.length) return empty("No snapshots yet", "A snapshot is a state that you can return to: take one before you try something.", writes && button("Take a snapshot", snapshot, "primary"));
    return table("Snapshots", [["Snapshot", one => h("strong", one.name)], [h("span.offscreen", "Actions"), one => h(".row.end", a(link({tab: "changes", from: one.name}), "What has changed since", "button quiet"),
      writes && [button("Restore", async () => { await post(["snapshots", one.name, "restore"]); done(`The world is as it was at “${one.name}”.`); }, "", {title: `Return to ${one.name}`}),
        asking("Delete", `Delete the snapshot “${one.name}”?`, "The world stays as it is.", async () => { await here.remove(["snapshots", one.name]); done("The snapshot was deleted."); })])]], all);
  }

  async function links() {
    const {links: all} = await get("links");
    if (!all.length) return empty("No links yet", "A link gives others a copy of this world, without a token of yours.", button("Share", share, "primary"));
    return table("Links", [["For", one => h("strong", one.label ?? one.id)], ["Role", one => one.role], ["Ends", one => moment(one.expires), "aside"], ["Copies", one => one.worlds.length, "number"],
      [h("span.offscreen", "Actions"), one => asking("Revoke", "Revoke the link?", `It opens no longer, and ${plural(one.worlds.length, "copy", "copies")} that guests have made end.`,
        async () => { await here.remove(["links", one.id]); done("The link was revoked."); })]], all);
  }

  async function others() {
    const [list, more] = [h("ul.world-list"), h(".row")];
    const page = async after => {
      const {worlds, next} = await get("/worlds", {limit: 100, after});
      append(list, worlds.map(one => h("li", h("a", {href: here.href("worlds", {}, one.name), "aria-current": one.name === name}, h("strong", one.name), h("small", one.label ?? `${one.scenario}, ${plural(one.people, "person", "people")}`)))));
      fill(more, next && button("More worlds", () => page(next)));
    };
    await page(0);
    return h("section.stack", {"aria-label": "All worlds"}, h(".row.spread", h("h2", "All worlds"), button("New world", create)), list, more);
  }

  const reset = async () => { await post("reset", {}); done("The world is at its start again."); };
  const end = async () => { await here.remove([]); open("default", `The world “${name}” was deleted.`); };
  return h("div", {class: owns && "beside"}, owns && await others(), // a guest has one world
    h(".stack", heading(name, world.label, writes && [owns && button("Share", share, "primary"), button("Snapshot", snapshot), owns && button("Fork", fork),
      asking("Reset", `Reset “${name}”?`, "Records, clock, settings and faults return to the start, and the journal is emptied. Snapshots stay.", reset),
      owns && name !== "default" && asking("Delete", `Delete “${name}”?`, "Its records, journal and snapshots are deleted.", end)]),
    h(".row", [`scenario ${world.scenario}`, `seed ${world.seed}`, plural(world.people, "person", "people"), `made ${moment(world.created)}`].map(text => badge(text))),
    tabs(`The world ${name}`, [["connect", "Connect", () => connect(here)], ["changes", "Changes", changes], ["snapshots", "Snapshots", snapshots], owns && ["links", "Links", links]], here)));
}
