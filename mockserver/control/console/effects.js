/* What calls, jobs and actions have changed, and how to reach the vendors: parts of several views. */

import {a, badge, clip, code, copyButton, dim, facts, h, joined, json, number, plural} from "./view.js";

const SIGNS = {added: "+", updated: "~", removed: "−"};
const signed = counts => Object.entries(counts).map(([kind, n]) => n > 0 && [" ", h("span.change", {class: kind}, SIGNS[kind]), number(n)]);

/** `+1 ~2` of counts by collection, with the collections as a title. */
export function countsBrief(counts = {}) {
  const title = joined(Object.entries(counts).map(([name, one]) => `${name}: ${joined(Object.entries(one).map(([kind, n]) => `${number(n)} ${kind}`))}`), "; ");
  const sum = kind => Object.values(counts).reduce((total, one) => total + (one[kind] ?? 0), 0);
  return h("span", {title}, signed({added: sum("added"), updated: sum("updated"), removed: sum("removed")}));
}

export const countBadges = (counts = {}) => h(".row", Object.entries(counts).map(([name, one]) => badge([h("span.mono", name), signed(one)])));

const shown = value => h("code", clip(typeof value === "string" ? value : JSON.stringify(value), 120));

/** Records that were added, updated or removed, each with the members that changed; those that exist are links. */
export const effectList = (effects, {record}) => h("ul.stack.effects", effects.map(effect => {
  const {change, members, more_members: more} = effect;
  const name = [dim(`${effect.vendor}.${effect.collection} `), h("span.mono", clip(effect.id, 60))];
  return h("li", h("span.change", {class: change, title: change}, h("span", {"aria-hidden": true}, SIGNS[change]), h("span.offscreen", change)),
    h("div", change === "removed" ? name : a(record(effect), name),
      members?.map(one => h("div", h("span.mono.soft", one.pointer), " ", "before" in one ? shown(one.before) : "new", " → ", "after" in one ? shown(one.after) : "removed")),
      more && h(".soft", plural(more, "more member")), effect.record != null && json(effect.record, 0)));
}));

/** How to reach every vendor in a world: base URL, credentials, contract and a call to paste. */
export async function connect({get, vendors}) {
  const [world, first] = await Promise.all([get([]), get("/worlds/default").catch(() => null)]); // a guest sees one world
  return h(".cards.connect", vendors.map(vendor => {
    const door = world.vendors[vendor.name];
    const curl = door && curlFor(vendor, door, first?.vendors[vendor.name]);
    return door && h("article.card.stack", {id: `vendor-${vendor.name}`},
      h("header.row.spread", h("h2", vendor.title), a(`${door.url}/openapi.json`, "contract")),
      curl && code(curl, "Copy curl", "Copied: paste it into a shell."),
      facts([["base URL", door.url], ...Object.entries(door.credentials)].map(([name, value]) => [name, [h("code", value), " ", copyButton("Copy", () => value, undefined, "inline", {"aria-label": `Copy ${value}`})]])));
  }));
}

/** The vendor's first call in a world; `vendor.curl` is that of the default world, whose door may be unknown. */
function curlFor({curl, url}, door, base) {
  if (!curl) return null;
  const there = curl.replaceAll(url, door.url);
  if (base) return Object.entries(base.credentials).reduce((text, [name, value]) => text.replaceAll(value, door.credentials[name]), there);
  const [[name, value] = []] = Object.entries(door.headers);
  return name ? there.replace(new RegExp(`-H '${name}: [^']*'`), () => `-H '${name}: ${value}'`) : null;
}
