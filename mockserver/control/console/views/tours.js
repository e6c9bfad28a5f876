/* Tours: a story of a vendor, played step by step, with its text and what it does to the state beside it. */

import {withQuery} from "../api.js";
import {append, h, replace} from "../dom.js";
import {countBadges, effectList} from "../effects.js";
import {number, parsed, plural, pretty, words} from "../format.js";
import {badge, button, code, failed, heading, json, section} from "../view.js";

export const title = "Tours";

export async function show(root, context) {
  const {vendor, story} = Object.fromEntries(context.query);
  if (vendor && story) return playStory(root, context, vendor, story);
  const lists = await Promise.all(context.vendors.map(one => context.api.get(`/vendors/${one.name}/stories`)));
  append(root, heading("Tours", "Stories that each vendor is verified with, to be played call by call."),
    h("div", {class: "cards"}, context.vendors.map((one, index) => h("section", {class: "card stack"}, h("h2", {}, one.title),
      h("ul", {class: "tales"}, lists[index].stories.map(tale => h("li", {}, h("a", {href: context.href("tours", {vendor: one.name, story: tale.name})}, sentence(tale.name)), h("small", {}, ` ${plural(tale.steps.length, "step")}`),
        h("p", {class: "soft"}, tale.summary))))))));
  return null;
}

const sentence = name => { const text = words(name); return text[0].toUpperCase() + text.slice(1); };

/** Makes a world for the story, which is written for the start of the demo, and shows it there. */
async function start(context, vendor, story) {
  const world = await context.api.post("/worlds", {name: `tour-${Date.now().toString(36)}`, scenario: "demo", label: `tour: ${vendor} ${story}`});
  await context.refreshFrame();
  context.navigate("tours", {vendor, story}, {world: world.name});
}

async function playStory(root, context, vendor, name) {
  const [{stories}, world] = await Promise.all([context.api.get(`/vendors/${encodeURIComponent(vendor)}/stories`), context.api.get(context.path())]);
  const story = stories.find(one => one.name === name);
  if (!story) throw new Error(`${context.vendorTitle(vendor)} has no story “${name}”.`);
  const own = world.label === `tour: ${vendor} ${name}`;
  const outputs = {};
  let done = 0, stopped = false, sizes = new Map(), playing = false;
  const steps = h("ol", {class: "steps"});
  const controls = h("div", {class: "row"});
  const stage = h("div", {class: "stack stage", "aria-live": "polite"});
  const beside = h("aside", {class: "stack"});
  const results = [];

  function draw(current = done - 1) {
    replace(steps, story.steps.map((step, index) => h("li", {class: index < done ? results[index].findings.length ? "wrong" : "done" : index === done ? "next" : null, "aria-current": index === current ? "step" : null},
      h("button", {type: "button", class: "open", disabled: index >= done, onclick: () => { draw(index); showResult(index); }}, h("strong", {}, sentence(step.name)), h("span", {class: "soft"}, step.source === "control" ? `${step.summary} (this server)` : step.summary)))));
    const ended = done === story.steps.length || stopped;
    replace(controls, context.role !== "viewer" && (own ? [
      !ended && button(done ? "Next step" : "Play the first step", next, {kind: "primary"}), !ended && button("Play to the end", toEnd),
      (done > 0 || ended) && button("Start again", () => start(context, vendor, name), {title: "In another new world", kind: ended ? "primary" : null})]
      : button("Start the tour", () => start(context, vendor, name), {kind: "primary", title: "Makes a world of its own, as the demo starts"})),
    h("a", {class: "button quiet", href: context.href("tours")}, "All tours"));
  }

  async function next() {
    const step = story.steps[done];
    const played = await context.api.post(context.path("stories", vendor, name, step.name), {outputs});
    results.push(played);
    outputs[step.name] = played.outputs;
    done += 1;
    stopped = played.findings.length > 0;
    draw();
    await showResult(done - 1);
    await drawSizes();
  }

  async function toEnd() {
    playing = true;
    while (playing && done < story.steps.length && !stopped) await next();
  }

  async function showResult(index) {
    const [step, played] = [story.steps[index], results[index]];
    const exchange = played.exchange && await context.api.get(context.path("journal", played.exchange)).catch(() => null);
    const reply = played.reply && parsed(played.reply.body);
    const counts = exchange?.effect_counts ?? reply?.effect_counts ?? {};
    replace(stage, h("h2", {}, `${index + 1}. ${sentence(step.name)}`),
      played.findings.length ? h("ul", {class: "error"}, played.findings.map(one => h("li", {}, one))) : h("p", {}, badge("as the story expects", "good")),
      played.call && code(`${played.call.method} ${new URL(played.call.url).pathname}${new URL(played.call.url).search}${played.call.body ? `\n\n${pretty(played.call.body)}` : ""}`),
      played.reply && section(`Reply ${played.reply.status}`, reply === undefined ? h("p", {class: "soft"}, played.reply.body || "No body.") : json(reply, {open: 2, label: "Reply"})),
      Object.keys(counts).length > 0 && section("What it changed", countBadges(counts), exchange && effectList(exchange.effects, {href: one => one.change === "removed" ? null : context.href("state", {vendor: one.vendor, collection: one.collection, id: one.id})})),
      h("details", {}, h("summary", {class: "soft"}, `What the story expects (${step.expects.length})`), h("ul", {class: "mono"}, step.expects.map(one => h("li", {}, one)))),
      played.exchange && h("a", {href: context.href("calls", {n: played.exchange})}, "Open in Calls"));
  }

  async function drawSizes() {
    const {audiences} = await context.api.get(withQuery(context.path("audiences"), {vendor}));
    replace(beside, section("Audiences", h("ul", {class: "sums"}, audiences.map(one => {
      const before = sizes.get(one.id);
      const differs = sizes.size > 0 && before !== one.size;
      return h("li", {class: differs ? "fresh" : null}, h("a", {href: context.href("state", {vendor, collection: one.collection, id: one.id})}, one.name),
        h("span", {class: "number nowrap"}, differs && h("span", {class: "soft"}, before === undefined ? "new " : `${number(before)} → `), number(one.size)));
    }))));
    sizes = new Map(audiences.map(one => [one.id, one.size]));
  }

  append(root, heading(sentence(name), `${context.vendorTitle(vendor)}: ${story.summary}`), controls, h("div", {class: "tour"}, steps, own ? stage : h("div", {class: "empty"}, h("p", {}, "The tour makes a world of its own, as the demo starts, so nothing here is touched. Then each step is one call.")), own && beside));
  draw();
  if (own) {
    replace(stage, h("p", {class: "soft"}, "Each step sends one call and shows the reply, what it changed and whether it is as the story expects."));
    drawSizes().catch(failed);
  }
  return () => { playing = false; };
}
