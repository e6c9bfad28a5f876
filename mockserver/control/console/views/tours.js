/* Tours: a story of a vendor, played step by step, with its text and what it does to the state beside it. */

import {countBadges} from "../effects.js";
import {detail} from "../exchange.js";
import {a, attempt, badge, button, code, dim, empty, fill, fold, h, heading, json, number, parsed, plural, pretty, section, sentence, soft} from "../view.js";

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
  const label = `tour: ${vendor} ${name}`, results = [];
  const [steps, controls, stage, beside] = [h("ol.steps"), h(".row"), h(".stack", {"aria-live": "polite"}), h("aside.stack")];
  let sizes;

  /** Makes a world for the story, which is written for the start of the demo, and shows it there. */
  async function start() {
    const made = await post("/worlds", {name: `tour-${Date.now().toString(36)}`, scenario: "demo", label});
    here.navigate("tours", {vendor, story: name}, made.name);
  }

  const isWrong = one => one?.findings.length > 0;
  const hasEnded = () => results.length === story.steps.length || isWrong(results.at(-1));

  function draw(current) {
    const done = results.length;
    fill(steps, story.steps.map((step, at) => h("li", {class: at < done ? isWrong(results[at]) ? "wrong" : "done" : at === done && "next", "aria-current": at === current && "step"},
      h("button", {type: "button", disabled: at >= done, onclick: () => attempt(() => showStep(at))}, h("strong", sentence(step.name)), dim(step.summary, step.source === "control" && " (this server)")))));
    fill(controls, !hasEnded() && [button(done ? "Next step" : "Play the first step", next, "primary"), button("Play to the end", toEnd)],
      done > 0 && button("Start again", () => post("reset", {}), hasEnded() && "primary"));
  }

  async function next() {
    const step = story.steps[results.length].name;
    const outputs = Object.fromEntries(results.map((one, at) => [story.steps[at].name, one.outputs]));
    results.push(await post(["stories", vendor, name, step], {outputs}));
    await showStep(results.length - 1);
    await drawSizes();
  }

  async function toEnd() {
    while (!hasEnded() && steps.isConnected) await next(); // until another view is shown
  }

  async function showStep(at) {
    const step = story.steps[at], {findings, call, reply, exchange} = results[at];
    draw(at);
    const value = reply && parsed(reply.body);
    fill(stage, h("h2", `${at + 1}. ${sentence(step.name)}`), findings.length ? h("ul.error", findings.map(one => h("li", one))) : h("p", badge("as the story expects", "good")),
      fold(dim(`What the story expects (${step.expects.length})`), h("ul.mono", step.expects.map(one => h("li", one)))),
      exchange ? [a(href("calls", {n: exchange}), "Open in Calls"), detail(await get(["journal", exchange]), here)]
        : [call && code(`${call.method} ${call.url}${call.body ? `\n\n${pretty(call.body)}` : ""}`), value && json(value, 2, "Reply"), countBadges(value?.effect_counts)]);
  }

  async function drawSizes() {
    const {audiences} = await get("audiences", {vendor}), before = sizes;
    sizes = new Map(audiences.map(one => [one.id, one.size]));
    fill(beside, section("Audiences", h("ul.sums", audiences.map(one => {
      const was = before?.get(one.id), differs = before && was !== one.size;
      return h("li", {class: differs && "fresh"}, a(here.record(one), one.name), h("span.number.nowrap", differs && dim(was === undefined ? "new " : `${number(was)} → `), number(one.size)));
    }))));
  }

  const top = heading(sentence(name), `${here.vendorTitle(vendor)}: ${story.summary}`, a(href("tours"), "All tours", "button"));
  draw();
  if (world.label !== label) return [top, empty("A world of its own", here.owns ? "The tour makes one, so nothing here is touched." : "A tour makes one, which a guest cannot.", here.owns && button("Start the tour", start, "primary")), steps];
  here.onWorld = ({reset}) => { if (reset) here.redraw(); }; // it begins anew, as its world
  fill(stage, soft("Each step sends a call and shows what it changed, and whether the reply is as the story expects."));
  await drawSizes();
  return [top, here.writes && controls, h(".tour", steps, stage, beside)];
}
