/* The console: the address, the frame around the views, and the live connection.

   The address is `/#/<world>/<view>?<query>`; everything that a user selected is in it. A view is a module
   `views/<view>.js` with `async show(here)`, which returns what is shown; when the query changes it is drawn anew. `here` has

   world, query: its name; the query of the address, as an object
   get(parts, query), post, put, remove(parts, body): calls of the control API; the path is below the world, or below
     `/_mock` if its first part begins with a slash
   href, navigate(view, query, world); link, go(changes of the query): addresses, and going there
   keep(changes): writes what is shown already into the address, without a step in the history
   handles: by members of the query, what is done instead where they alone change
   pick(label, name, options, other changes): a field for a member of the query
   record({vendor, collection, id}): the address of a record
   vendors, vendorNames, vendorTitle(name): the vendors, as options of a select, the title of one
   writes, owns: whether the token allows changes of the world, and other worlds
   onExchange, onWorld: set by the view to hear of every exchange in brief; of changes of clock, faults …, and gaps
   soon(ms, action): does it once, however often it is asked until then, if the view is still shown
   redraw(): draws the view anew */

import {get, send, token, withQuery} from "./api.js";
import {follow} from "./live.js";
import {a, attempt, button, date, failed, field, fill, form, h, heading, joined, line, options, select, sentence, svg, time} from "./view.js";

const VIEWS = { // with their icons
  calls: "M2 4h12M2 8h12M2 12h7",
  state: "M2 4c0-3 12-3 12 0v8c0 3-12 3-12 0zM2 4c0 3 12 3 12 0M2 8c0 3 12 3 12 0",
  time: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 5v3.4l2.3 1.4",
  trouble: "M9 1 3 9h4l-1 6 7-9H9z",
  worlds: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM2 8h12M8 2c-4 4-4 8 0 12M8 2c4 4 4 8 0 12",
  contract: "M4 1.5h6l3 3v10H4zM6.5 7.5h4M6.5 10.5h4",
  pictures: "M2 14h12M4 12V8M8 12V3M12 12V6",
  tours: "M5 3l8 5-8 5z",
};
const STATES = {live: "live", polling: "live (polling)", offline: "reconnecting …", gone: "this world is gone"};
const THEMES = [["", "Theme: as the system"], ["light", "Theme: light"], ["dark", "Theme: dark"]];
const app = document.getElementById("app");
let access, vendors, live, now, due; // access: {role, world}, of a guest the only world
let shown = {}; // the `here` of the view

// the address

function readAddress() {
  const [path, search] = location.hash.replace(/^#\/?/, "").split("?");
  const [given, named] = path.split("/").map(decodeURIComponent);
  const world = given || access?.world || "default", view = Object.hasOwn(VIEWS, named) ? named : "calls";
  return {world, view, place: `${world}/${view}`, query: Object.fromEntries(new URLSearchParams(search))};
}

const address = (view, query, world = readAddress().world) => withQuery(`#/${encodeURIComponent(world)}/${view}`, query);

function goTo(to) {
  if (to === location.hash) return route();
  location.hash = to; // the event `hashchange` shows it
  return null;
}

/** Takes a value out of the address, so that it is in no history and on no screen. */
function takeOut(name) {
  const pattern = new RegExp(`([#?&])${name}=([^&]*)&?`), found = pattern.exec(location.hash);
  if (!found) return null;
  history.replaceState(null, "", location.hash.replace(pattern, "$1").replace(/[#?&]$/, "") || location.pathname);
  return decodeURIComponent(found[2]);
}

function takeToken() {
  const given = takeOut("token");
  if (given) token.set(given);
}

/** Opens a link to a world: its guest gets a copy, and a token for that. */
async function openLink() {
  const link = takeOut("link");
  if (!link) return;
  const {token: given, world} = await send("POST", "/links/open", {link});
  token.set(given);
  history.replaceState(null, "", address("calls", {}, world.name));
}

/** Nothing else is shown meanwhile. */
const askForToken = message => new Promise(resolve => {
  app.hidden = true;
  const input = line("Token", "token", "Set by --token or MOCKSERVER_TOKEN, or printed when the server started. This tab keeps it until it is closed.",
    {type: "password", autocomplete: "current-password", required: true});
  const page = h("main.gate.card.stack", h("h1", "This server asks for a token"), message && h("p.error", {role: "alert"}, message), form(input, "Open the console", values => {
    token.set(values.token);
    if (access) return location.reload(); // another token may have another role
    page.remove();
    app.hidden = false;
    return resolve();
  }));
  document.body.append(page);
  page.querySelector("input").focus();
});

// the frame

const nav = h("nav", {"aria-label": "Views"});
const picker = select([], {"aria-label": "World", onchange: world => goTo(address(readAddress().view, {}, world))});
const clock = h("a.clock");
const connection = h("span.row.connection", {role: "status"});
const version = h("span.soft");
const content = h("main", {id: "content", tabindex: "-1"});

function buildFrame() {
  const setTheme = name => {
    localStorage.setItem("mockserver-theme", name);
    document.documentElement.dataset.theme = name;
  };
  const theme = select(THEMES, {value: localStorage.getItem("mockserver-theme"), "aria-label": "Theme", class: "theme", onchange: setTheme});
  setTheme(theme.value);
  fill(app, h("button.button.primary.skip", {type: "button", onclick: () => content.focus()}, "Skip to the content"),
    h("header.side", h("a.brand", {href: "#/"}, "audience-mockserver"), h(".stack.snug.where", picker, clock), nav, h(".stack.snug.foot", connection, theme, version)), content);
}

async function refreshFrame() {
  const {world} = readAddress();
  const [{worlds}, read] = await Promise.all([access.world ? {worlds: []} : get("/worlds", {limit: 200}), get(["/worlds", world, "clock"]).catch(() => null)]);
  now = read && {at: Date.parse(read.now), mode: read.mode, read: Date.now()};
  fill(picker, options([...new Set([...worlds.map(one => one.name), world])]));
  drawFrame();
}

function drawFrame() {
  const {world, view} = readAddress();
  picker.value = world;
  fill(nav, Object.entries(VIEWS).map(([name, lines]) => h("a.row", {href: address(name), "aria-current": name === view && "page"},
    svg("svg.icon", {viewBox: "0 0 16 16", "aria-hidden": true}, svg("path", {d: lines})), sentence(name))));
  nav.scrollLeft = nav.querySelector("[aria-current]").offsetLeft - 60; // on a narrow window it is a strip
  clock.setAttribute("href", address("time"));
  drawClock();
}

function drawClock() {
  const at = now && now.at + (now.mode === "frozen" ? 0 : Date.now() - now.read);
  fill(clock, now && joined([date(at), time(at), now.mode !== "real" && now.mode], " "));
}

function connect(world) {
  live?.stop();
  fill(connection, "connecting …");
  live = follow(world, {
    exchange: brief => attempt(() => shown.onExchange?.(brief)),
    world: change => {
      attempt(() => shown.onWorld?.(change));
      clearTimeout(due);
      due = setTimeout(() => refreshFrame().catch(() => null), 300);
    },
    state: name => { connection.className = `row connection ${name}`; fill(connection, STATES[name]); },
  });
  return live.ready;
}

// the view

async function route() {
  takeToken();
  const {place, query} = readAddress(), before = shown.query;
  drawFrame();
  if (place !== shown.place) return draw();
  const changed = Object.keys({...before, ...query}).filter(name => name !== "tab" && query[name] !== before[name]);
  const handle = changed.length === 1 && shown.handles[changed[0]];
  if (!handle) return draw();
  shown.query = query;
  return handle();
}

/** Draws the view of the address. If it is the one that is shown, the place stays, unless what was clicked is gone. */
async function draw() {
  const before = shown, {world, view, place, query} = readAddress();
  const here = shown = hereOf(world, view, place, query);
  if (world !== before.world) {
    refreshFrame().catch(failed);
    await connect(world); // before the view reads anything: what comes later is then an event
  }
  if (shown !== here) return;
  document.title = `${sentence(view)} · ${world} · audience-mockserver`;
  const made = await import(`./views/${view}.js`).then(({show}) => show(here)).catch(error => problemPage(error, world));
  if (shown !== here) return;
  const wasInside = document.activeElement.closest("main *");
  fill(content, h(".view", {class: view}, made));
  if (place === before.place && !(wasInside && document.activeElement === document.body)) return;
  if (before.place) content.focus({preventScroll: true});
  scrollTo(0, 0);
}

function hereOf(world, view, place, query) {
  const below = parts => [parts].flat()[0]?.startsWith("/") ? parts : ["/worlds", world].concat(parts);
  const sender = method => (parts, body) => send(method, below(parts), body);
  const link = changes => address(view, {...here.query, ...changes}, world);
  const go = changes => goTo(link(changes));
  const waiting = new Set();
  const here = {
    world, place, query, vendors, link, go, handles: {}, redraw: draw,
    get: (parts, asked) => get(below(parts), asked), post: sender("POST"), put: sender("PUT"), remove: sender("DELETE"),
    href: address, navigate: (...to) => goTo(address(...to)),
    keep: changes => { history.replaceState(null, "", link(changes)); here.query = readAddress().query; },
    pick: (label, name, all, changes) => field(label, select(all, {name, value: here.query[name], onchange: value => go({[name]: value, ...changes})})),
    record: ({vendor, collection, id}) => address("state", {vendor, collection, id}),
    vendorNames: vendors.map(one => [one.name, one.title]),
    vendorTitle: name => vendors.find(vendor => vendor.name === name)?.title ?? name ?? "unknown vendor",
    writes: access.role !== "viewer", owns: access.role === "owner",
    soon(ms, action) {
      if (waiting.has(action)) return;
      waiting.add(action);
      setTimeout(() => { waiting.delete(action); if (shown === here) attempt(action); }, ms);
    },
  };
  return here;
}

function problemPage(error, world) {
  if (!error.problem) console.error(error);
  if (error.problem === "unknown_world") return heading(`There is no world “${world}”`, "It was deleted or has expired.", a(address("worlds", {}, access.world ?? "default"), "All worlds", "button primary"));
  return heading("This cannot be shown", error.message, button("Try again", draw, "primary"));
}

// start

addEventListener("hashchange", () => attempt(route));
addEventListener("keydown", event => {
  const search = document.querySelector("[type=search]");
  if (event.key !== "/" || event.ctrlKey || event.metaKey || !search || event.target.closest("input, textarea, select, dialog")) return;
  event.preventDefault();
  search.focus();
  search.select();
});
setInterval(drawClock, 1000);
takeToken();
token.ask = askForToken;
buildFrame();
try {
  await openLink();
  let health;
  [access, {vendors}, health] = await Promise.all([get("/access"), get("/vendors"), get("/health")]);
  fill(version, `version ${health.version}`);
  await route();
} catch (error) {
  fill(content, h(".view", heading("The console cannot start", error.message, button("Try again", () => location.reload(), "primary"))));
}
