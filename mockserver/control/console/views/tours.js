/* Tours: a story of a vendor, played step by step, with its text and what it does to the state beside it. */

import {countBadges} from "../effects.js";
import {detail} from "../exchange.js";
import {a, badge, button, code, dim, empty, failed, fill, fold, h, heading, json, number, parsed, plural, pretty, section, sentence, soft} from "../view.js";

export async function show(here) {
  const {vendor, story} = here.query;
  if (vendor && story) return playStory(here, vendor, story);
  const lists = await Promise.all(here.vendors.map(one => here.get(["/vendors", one.name, "stories"])));
  return [heading("Tours", "Stories that each vendor is verified with, to be played call by call."), h(".cards", here.vendors.map((one, index) => h("section.card.stack", h("h2", one.title),
    lists[index].stories.map(tale => h("div", a(here.href("tours", {vendor: one.name, story: tale.name}), sentence(tale.name)), h("small", ` ${plural(tale.steps.length, "step")}`), soft(tale.summary))))))];
}

async function playStory(here, vendor, name) {
  const {get, post, href} = here;
  const [{stories}, world] = await Promise.all([get(["/vendors", vendor, "stories"]), get([])]);
  const story = stories.find(one => one.name === name);
  if (!story) throw new Error(`${here.vendorTitle(vendor)} has no story “${name}”.`);
  const label = `tour: ${vendor} ${name}`, own = world.label === label;
  const [steps, controls, stage, beside] = [h("ol.steps"), h(".row"), h(".stack.stage", {"aria-live": "polite"}), h("aside.stack")];
  const outputs = {}, results = [];
  let sizes;

  /** Makes a world for the story, which is written for the start of the demo, and shows it there. */
  async function start() {
    const made = await post("/worlds", {name: `tour-${Date.now().toString(36)}`, scenario: "demo", label});
    await here.refreshFrame();
    here.navigate("tours", {vendor, story: name}, made.name);
  }

  function draw(current = results.length - 1) {
    const done = results.length, wrong = one => one?.findings.length > 0;
    const kind = index => index < done ? wrong(results[index]) ? "wrong" : "done" : index === done && "next";
    fill(steps, story.steps.map((step, index) => h("li", {class: kind(index), "aria-current": index === current && "step"},
      h("button", {type: "button", disabled: index >= done, onclick: () => { draw(index); showResult(index).catch(failed); }}, h("strong", sentence(step.name)), dim(step.summary, step.source === "control" && " (this server)")))));
    const ended = done === story.steps.length || wrong(results.at(-1));
    fill(controls, here.writes && (own ? [
      !ended && [button(done ? "Next step" : "Play the first step", next, "primary"), button("Play to the end", toEnd)],
      done > 0 && button("Start again", start, ended && "primary", {title: "In another new world"})]
      : button("Start the tour", start, "primary", {title: "Makes a world of its own, as the demo starts"})), a(href("tours"), "All tours", "button quiet"));
    return ended;
  }

  async function next() {
    const {name: step} = story.steps[results.length];
    const played = await post(["stories", vendor, name, step], {outputs});
    outputs[step] = played.outputs;
    const index = results.push(played) - 1, ended = draw();
    await showResult(index);
    await drawSizes();
    return ended;
  }

  async function toEnd() {
    while (!await next()) if (!steps.isConnected) return; // another view is shown
  }

  async function showResult(index) {
    const [step, {findings, call, reply, exchange}] = [story.steps[index], results[index]];
    const url = call && new URL(call.url);
    const value = reply && parsed(reply.body);
    fill(stage, h("h2", `${index + 1}. ${sentence(step.name)}`), findings.length ? h("ul.error", findings.map(one => h("li", one))) : h("p", badge("as the story expects", "good")),
      fold(dim(`What the story expects (${step.expects.length})`), h("ul.mono", step.expects.map(one => h("li", one)))),
      exchange ? [a(href("calls", {n: exchange}), "Open in Calls"), detail(await get(["journal", exchange]), here, "reply")]
        : [call && code(`${call.method} ${url.pathname}${url.search}${call.body ? `\n\n${pretty(call.body)}` : ""}`), value && json(value, 2, "Reply"), countBadges(value?.effect_counts)]);
  }

  async function drawSizes() {
    const {audiences} = await get("audiences", {vendor}), before = sizes;
    sizes = new Map(audiences.map(one => [one.id, one.size]));
    fill(beside, section("Audiences", h("ul.sums", audiences.map(one => {
      const was = before?.get(one.id), differs = before && was !== one.size;
      return h("li", {class: differs && "fresh"}, a(here.record(one), one.name), h("span.number.nowrap", differs && dim(was === undefined ? "new " : `${number(was)} → `), number(one.size)));
    }))));
  }

  draw();
  if (own) {
    fill(stage, soft("Each step sends a call and shows what it changed, and whether the reply is as the story expects."));
    drawSizes().catch(failed);
  }
  return [heading(sentence(name), `${here.vendorTitle(vendor)}: ${story.summary}`), controls, h(".tour", steps,
    own ? [stage, beside] : empty("A world of its own", "The tour makes one, so nothing here is touched. Then each step is one call."))];
}
