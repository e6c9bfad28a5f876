/* What calls, jobs and actions have changed, and how to reach the vendors: parts of several views. */

import {h} from "./dom.js";
import {clip, number, plural} from "./format.js";
import {badge, change, code, copyButton, facts, json} from "./view.js";

const SIGNS = {added: "+", updated: "~", removed: "−"};

/** `+1 ~2` of counts by collection, with the collections as a title; null if nothing changed. */
export function countsBrief(counts) {
  const all = Object.entries(counts ?? {});
  if (!all.length) return null;
  const sums = Object.keys(SIGNS).map(kind => [kind, all.reduce((sum, [, one]) => sum + (one[kind] ?? 0), 0)]).filter(([, n]) => n);
  return h("span", {class: "counts", title: countsText(counts)}, sums.map(([kind, n]) => h("span", {class: ["change", kind]}, SIGNS[kind], number(n))));
}

/** `fanfare.members: 2 added, 1 removed; …` */
export const countsText = counts => Object.entries(counts ?? {}).map(([name, one]) =>
  `${name}: ${Object.entries(one).map(([kind, n]) => `${number(n)} ${kind}`).join(", ")}`).join("; ");

/** Counts by collection as badges. */
export const countBadges = counts => h("div", {class: "row"}, Object.entries(counts ?? {}).map(([name, one]) =>
  badge([h("span", {class: "mono"}, name), Object.entries(one).map(([kind, n]) => [" ", h("span", {class: ["change", kind]}, SIGNS[kind]), number(n)])])));

const shown = value => h("code", {}, clip(typeof value === "string" ? value : JSON.stringify(value) ?? "nothing", 120));

/** Records that were added, updated or removed, each with the members that changed. `href(effect)` links a record. */
export const effectList = (effects, {href} = {}) => h("ul", {class: "effects"}, effects.map(effect => {
  const name = [h("span", {class: "soft"}, `${effect.vendor}.${effect.collection} `), h("span", {class: "mono"}, clip(effect.id, 60))];
  return h("li", {}, change(effect.change), h("div", {},
    href ? h("a", {href: href(effect)}, name) : name,
    effect.members?.map(member => h("div", {class: "member"}, h("span", {class: "mono soft"}, member.pointer), " ",
      "before" in member ? shown(member.before) : h("span", {class: "soft"}, "new"), " → ",
      "after" in member ? shown(member.after) : h("span", {class: "soft"}, "removed"))),
    effect.more_members ? h("div", {class: "soft"}, plural(effect.more_members, "more member")) : null,
    effect.record !== undefined && effect.record !== null ? json(effect.record, {open: 0}) : null));
}));

/** How to reach every vendor in a world: base URL, credentials, contract and a call to paste. */
export async function connect({api, vendors, path}) {
  const [world, first] = await Promise.all([api.get(path()), api.get("/worlds/default").catch(() => null)]); // a guest sees one world
  return h("div", {class: "cards connect"}, vendors.map(vendor => {
    const door = world.vendors[vendor.name];
    if (!door) return null;
    const curl = curlFor(vendor, door, first?.vendors[vendor.name]);
    return h("article", {class: "card stack", id: `vendor-${vendor.name}`},
      h("header", {class: "row spread"}, h("h2", {}, vendor.title), h("a", {href: `${door.url}/openapi.json`}, "contract")),
      curl && code(curl, {label: "Copy curl", copied: "Copied: paste it into a shell."}),
      facts([["base URL", copied(door.url)], ...Object.entries(door.credentials).map(([name, value]) => [name, copied(value)])]));
  }));
}

const copied = text => [h("code", {}, text), " ", copyButton("Copy", () => text, {kind: "inline", "aria-label": `Copy ${text}`})];

/** The vendor's first call in a world; `vendor.curl` is that of the default world, whose door may be unknown. */
function curlFor({curl, url}, door, base) {
  if (!curl) return null;
  const there = curl.replaceAll(url, door.url);
  if (base) return Object.entries(base.credentials).reduce((text, [name, value]) => text.replaceAll(value, door.credentials[name]), there);
  const [[name, value] = []] = Object.entries(door.headers);
  return name ? there.replace(new RegExp(`-H '${name}: [^']*'`), () => `-H '${name}: ${value}'`) : null;
}
