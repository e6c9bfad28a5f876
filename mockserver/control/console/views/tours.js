/* Tours: a story of a vendor, played step by step, with its text and what it does to the state beside it. */

import {append, h, replace} from "../dom.js";
import {countBadges} from "../effects.js";
import {detail} from "../exchange.js";
import {number, parsed, plural, pretty, sentence} from "../format.js";
import {badge, button, code, empty, failed, heading, json, section, soft} from "../view.js";

export const title = "Tours";

export async function show(root, context) {
  const {vendor, story} = context.query;
  if (vendor && story) return playStory(root, context, vendor, story);
  const lists = await Promise.all(context.vendors.map(one => context.get(["/vendors", one.name, "stories"])));
  append(root, heading("Tours", "Stories that each vendor is verified with, to be played call by call."), h(".cards", context.vendors.map((one, index) => h("section.card.stack", h("h2", one.title),
    lists[index].stories.map(tale => h("div", h("a", {href: context.href("tours", {vendor: one.name, story: tale.name})}, sentence(tale.name)), h("small", ` ${plural(tale.steps.length, "step")}`), soft(tale.summary)))))));
  return null;
}

async function playStory(root, context, vendor, name) {
  const {get, post, href} = context;
  const [{stories}, world] = await Promise.all([get(["/vendors", vendor, "stories"]), get([])]);
  const story = stories.find(one => one.name === name);
  if (!story) throw new Error(`${context.vendorTitle(vendor)} has no story “${name}”.`);
  const label = `tour: ${vendor} ${name}`;
  const own = world.label === label;
  const [steps, controls, stage, beside] = [h("ol.steps"), h(".row"), h(".stack.stage", {"aria-live": "polite"}), h("aside.stack")];
  const outputs = {}, results = [];
  let sizes = new Map(), playing = false;

  /** Makes a world for the story, which is written for the start of the demo, and shows it there. */
  async function start() {
    const made = await post("/worlds", {name: `tour-${Date.now().toString(36)}`, scenario: "demo", label});
    await context.refreshFrame();
    context.navigate("tours", {vendor, story: name}, made.name);
  }

  function draw(current = results.length - 1) {
    const done = results.length;
    replace(steps, story.steps.map((step, index) => h("li", {class: index < done ? results[index].findings.length ? "wrong" : "done" : index === done && "next", "aria-current": index === current ? "step" : null},
      h("button", {type: "button", disabled: index >= done, onclick: () => { draw(index); showResult(index).catch(failed); }}, h("strong", sentence(step.name)), h("span.soft", step.summary, step.source === "control" && " (this server)")))));
    const ended = done === story.steps.length || results.at(-1)?.findings.length > 0;
    replace(controls, context.writes && (own ? [
      !ended && [button(done ? "Next step" : "Play the first step", next, {kind: "primary"}), button("Play to the end", toEnd)],
      done > 0 && button("Start again", start, {title: "In another new world", kind: ended && "primary"})]
      : button("Start the tour", start, {kind: "primary", title: "Makes a world of its own, as the demo starts"})), h("a.button.quiet", {href: href("tours")}, "All tours"));
    return ended;
  }

  async function next() {
    const step = story.steps[results.length];
    const played = await post(["stories", vendor, name, step.name], {outputs});
    results.push(played);
    outputs[step.name] = played.outputs;
    const ended = draw();
    await showResult(results.length - 1);
    await drawSizes();
    return ended;
  }

  async function toEnd() {
    playing = true;
    while (playing && !await next());
  }

  async function showResult(index) {
    const [step, {findings, call, reply, exchange}] = [story.steps[index], results[index]];
    const url = call && new URL(call.url);
    const value = reply && parsed(reply.body);
    replace(stage, h("h2", `${index + 1}. ${sentence(step.name)}`), findings.length ? h("ul.error", findings.map(one => h("li", one))) : h("p", badge("as the story expects", "good")),
      h("details", h("summary.soft", `What the story expects (${step.expects.length})`), h("ul.mono", step.expects.map(one => h("li", one)))),
      exchange ? [h("a", {href: href("calls", {n: exchange})}, "Open in Calls"), detail(await get(["journal", exchange]), context, "reply")]
        : [call && code(`${call.method} ${url.pathname}${url.search}${call.body ? `\n\n${pretty(call.body)}` : ""}`), value && json(value, 2, "Reply"), countBadges(value?.effect_counts)]);
  }

  async function drawSizes() {
    const {audiences} = await get("audiences", {vendor});
    replace(beside, section("Audiences", h("ul.sums", audiences.map(one => {
      const before = sizes.get(one.id);
      const differs = sizes.size > 0 && before !== one.size;
      return h("li", {class: differs && "fresh"}, h("a", {href: context.record(one)}, one.name), h("span.number.nowrap", differs && h("span.soft", before === undefined ? "new " : `${number(before)} → `), number(one.size)));
    }))));
    sizes = new Map(audiences.map(one => [one.id, one.size]));
  }

  append(root, heading(sentence(name), `${context.vendorTitle(vendor)}: ${story.summary}`), controls, h(".tour", steps,
    own ? [stage, beside] : empty("A world of its own", "The tour makes one, as the demo starts, so nothing here is touched. Then each step is one call.")));
  draw();
  if (own) {
    replace(stage, soft("Each step sends one call and shows the reply, what it changed and whether it is as the story expects."));
    drawSizes().catch(failed);
  }
  return () => { playing = false; };
}
