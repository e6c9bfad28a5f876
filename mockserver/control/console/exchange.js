/* One exchange: its verdict, what was wrong and what it changed before call and reply themselves. */

import {countBadges, effectList, jobList} from "./effects.js";
import {badge, button, clip, code, copyButton, dim, duration, facts, fold, h, joined, json, moment, parsed, plural, pretty, section, sentence, soft, tabs, toast} from "./view.js";

const VERDICTS = {
  fine: ["good", "The call was answered as the contract has it."],
  refused: ["warn", "The vendor refused the call with one of its problems."],
  violation: ["bad", "The call does not fit the contract."],
  fault: ["fault", "A planned fault struck the call."],
  broken: ["bad", "This server's reply violates the contract: a defect of the server."],
};
export const verdictBadge = verdict => badge(verdict, ...VERDICTS[verdict] ?? []);

/** All of an exchange: its verdict and why, what it changed, call and reply. `tab`: where the part that is shown is kept. */
export function detail(exchange, here, tab = {query: {tab: "reply"}}) {
  const {call, reply, number: n, verdict} = exchange;
  const copyAs = (label, language, done) => copyButton(label, async () => (await here.get(["journal", n, "code"], {language})).code, done, "quiet", {"aria-label": `Copy as ${label}`});
  const again = async () => {
    const sent = await here.post(["journal", n, "resend"]);
    toast(`Sent: ${sent.reply.status}, call ${sent.number}.`);
    await here.navigate("calls", {n: sent.number});
  };
  const sent = `${call.method} ${call.url}`, answered = `Status ${reply.status}`;
  return [
    h("header.stack", h("h2", exchange.operation ?? `${call.method} ${clip(call.path, 60)}`),
      h(".row", verdictBadge(verdict), badge(reply.status), dim(joined([here.vendorTitle(exchange.vendor), moment(exchange.at), duration(exchange.duration_us), `call ${n}`, exchange.test], " · "))),
      h(".row.snug", here.writes && button("Send again", again), dim("Copy as"),
        copyAs("curl", "curl"), copyAs("Python", "python"), copyAs("assertion", "pytest", "Copied: paste it into a test that uses the fixture mockserver."))),
    section("Why", explanation(exchange)),
    exchange.effects.length + exchange.jobs.length > 0 && section("What it changed", countBadges(exchange.effect_counts), effectList(exchange.effects, here), jobList(exchange.jobs, here)),
    tabs("Call and reply", [
      ["call", "Call", () => message(sent, call)],
      ["reply", "Reply", () => message(answered, reply)],
      ["raw", "Raw", () => [code(raw(sent, call)), code(raw(answered, reply))]],
    ], tab),
  ];
}

/** What was wrong, the nearest right value before all else. */
function explanation({verdict, flaw, nearest, why, violations, unknown, fault, problem, remarks}) {
  const found = [
    flaw && [nearest, `${sentence(flaw)}.`, why && h("pre", why)],
    ...violations.map(one => [one.nearest, [h("code", `${one.side === "reply" ? "reply " : ""}${one.place}${one.pointer}`), " ", one.message],
      one.value !== null && facts([["sent", h("code", one.value)], ["expected", one.expected]])]),
    ...unknown.map(one => [one.nearest, [h("code", `${one.place}${one.pointer}`), " is not in the contract."]]),
    fault && [null, [`The planned fault ${fault.id} struck this call: `, h("strong", fault.kind), "."]],
    problem && [null, ["The vendor refused it with the problem ", h("strong", problem), "."]],
    ...remarks.map(remark => [null, remark]),
  ].filter(Boolean);
  if (!found.length) return soft(VERDICTS[verdict]?.[1]);
  return h("ul.stack.why", found.toSorted(([one], [other]) => Boolean(other) - Boolean(one)).map(([right, text, further]) => h("li.stack.snug", {class: right && "right"},
    right && h("p.nearest", "Nearest right: ", h("code", right)), h("p", text), further)));
}

function message(line, {headers, body}) {
  const value = parsed(body), all = Object.entries(headers);
  return [h("p.mono", line), fold(plural(all.length, "header"), facts(all.map(([name, text]) => [name, h("span.mono", text)]))),
    !body ? soft("No body.") : typeof value === "object" ? json(value, body.length > 1e6 ? 1 : 3, "Body") : h("pre", {tabindex: "0"}, body)];
}

const raw = (line, {headers, body}) => `${line}\n${Object.entries(headers).map(([name, text]) => `${name}: ${text}\n`).join("")}\n${pretty(body)}`;
