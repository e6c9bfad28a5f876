/* What calls, jobs and actions have changed, and how to reach the vendors: parts of several views. */

import {a, badge, clip, code, copyButton, dim, facts, fold, h, joined, json, moment, number, plural, textOf, words} from "./view.js";

const SIGNS = {added: "+", updated: "~", removed: "−"};
const signed = counts => Object.entries(counts).map(([kind, n]) => n > 0 && [" ", h("span.change", {class: kind}, SIGNS[kind]), number(n)]);

/** `+1 ~2` of counts by collection, with the collections as a title. */
export function countsBrief(counts = {}) {
  const title = Object.entries(counts).map(([name, one]) => `${name}: ${joined(Object.entries(one).map(([kind, n]) => n > 0 && `${n} ${kind}`))}`).join("\n");
  const sums = Object.keys(SIGNS).map(kind => [kind, Object.values(counts).reduce((sum, one) => sum + (one[kind] ?? 0), 0)]);
  return h("span", {title}, signed(Object.fromEntries(sums)));
}

export const countBadges = (counts = {}) => h(".row", Object.entries(counts).map(([name, one]) => badge([h("span.mono", name), signed(one)])));

const shown = value => h("code", clip(textOf(value), 120));

/** Records that were added, updated or removed, each with the members that changed; those that exist are links. */
export const effectList = (effects, {record}) => h("ul.stack.effects", effects.map(effect => {
  const {change, members, more_members: more} = effect;
  const name = [dim(`${effect.vendor}.${effect.collection} `), h("span.mono", clip(effect.id, 60))];
  return h("li", h("span.change", {class: change, role: "img", "aria-label": change, title: change}, SIGNS[change]),
    h("div", change === "removed" ? name : a(record(effect), name),
      members?.map(one => h("div", h("span.mono.soft", one.pointer), " ", "before" in one ? shown(one.before) : "new", " → ", "after" in one ? shown(one.after) : "removed")),
      more && h(".soft", plural(more, "more member")), effect.record != null && json(effect.record, 0)));
}));

/** Jobs that ran, each with what it changed. */
export const jobList = (jobs, here) => jobs.map(job => fold([`${words(job.job)} `, dim(`${here.vendorTitle(job.vendor)}, due ${moment(job.due)}`)], countBadges(job.effect_counts), effectList(job.effects, here)));

/** How to reach every vendor in a world: base URL, credentials, contract and a call to paste. */
export async function connect({get, world}) {
  const [{vendors}, {vendors: doors}] = await Promise.all([get("/vendors", {world}), get([])]);
  return h(".cards.connect", vendors.map(({name, title, url, contract, curl}) => h("article.card.stack", {id: `vendor-${name}`},
    h("header.row.spread", h("h2", title), a(contract, "contract")), curl && code(curl, "Copy curl", "Copied: paste it into a shell."),
    facts([["base URL", url], ...Object.entries(doors[name].credentials)].map(([label, value]) => [label, [h("code", value), " ", copyButton("Copy", () => value, undefined, "inline", {"aria-label": `Copy ${value}`})]])))));
}
