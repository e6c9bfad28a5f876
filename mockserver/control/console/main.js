/* The console: the address, the frame around the views, and the live connection.

   The address is `/#/<world>/<view>?<query>`; everything that a user selected is in it. A view is a module
   `views/<view>.js` with `async show(here)`, which returns what is shown. If it sets `here.update`, a change of the
   query alone calls that instead; it may return something new to be shown. `here` has

   world, query: its name; the query of the address, as an object
   get(parts, query), post, put, remove(parts, body): calls of the control API; the path is below the world, or below
     `/_mock` if its first part begins with a slash
   href, navigate(view, query, world); link, go(changes of the query): addresses, and going there
   amend(changes): as go, without a step in the history
   record({vendor, collection, id}): the address of a record
   vendors, vendorTitle(name), vendorPicker(value, onchange, text for all of them)
   writes, owns: whether the token allows changes of the world, and other worlds
   onExchange, onWorld(listener): every new exchange in brief; a change of clock, faults …, or a gap
   soon(ms, action): does it once, however often it is asked until then, if the view is still shown
   refreshFrame(): reads the list of worlds and the clock anew */

import {get, send, token, withQuery} from "./api.js";
import {follow} from "./live.js";
import {a, attempt, button, date, failed, field, fill, h, heading, options, select, svg, time} from "./view.js";

const VIEWS = {
  calls: ["Calls", "M2 4h12M2 8h12M2 12h7"],
  state: ["State", "M2 4c0-3 12-3 12 0v8c0 3-12 3-12 0zM2 4c0 3 12 3 12 0M2 8c0 3 12 3 12 0"],
  time: ["Time", "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 5v3.4l2.3 1.4"],
  trouble: ["Trouble", "M9 1 3 9h4l-1 6 7-9H9z"],
  worlds: ["Worlds", "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM2 8h12M8 2c-4 4-4 8 0 12M8 2c4 4 4 8 0 12"],
  contract: ["Contract", "M4 1.5h6l3 3v10H4zM6.5 7.5h4M6.5 10.5h4"],
  pictures: ["Pictures", "M2 14h12M4 12V8M8 12V3M12 12V6"],
  tours: ["Tours", "M5 3l8 5-8 5z"],
};
const STATES = {live: "live", polling: "live (polling)", offline: "reconnecting …", gone: "this world is gone"};
const THEMES = {"": "Theme: as the system", light: "Theme: light", dark: "Theme: dark"};
const app = document.getElementById("app");
const listeners = {exchange: new Set(), world: new Set()};
let access, vendors, live, now, due; // access: {role, world}, of a guest the only world
let shown = {}; // the view: key, world, root, here

// the address

function readAddress() {
  const [place, query] = location.hash.replace(/^#\/?/, "").split("?");
  const [world, view] = place.split("/").map(decodeURIComponent);
  return {world: world || access?.world || "default", view: Object.hasOwn(VIEWS, view) ? view : "calls", query: Object.fromEntries(new URLSearchParams(query))};
}

const address = (view, query, world = readAddress().world) => withQuery(`#/${encodeURIComponent(world)}/${view}`, query);

function goTo(to) {
  if (to === location.hash) return route();
  location.hash = to; // the event `hashchange` shows it
  return null;
}

/** Takes a value out of the address, so that it is in no history and on no screen. */
function takeOut(name) {
  const found = new RegExp(`[#?&]${name}=([^&]*)`).exec(location.hash);
  if (!found) return null;
  const rest = location.hash.replace(new RegExp(`([#?&])${name}=[^&]*&?`), "$1").replace(/[#?&]$/, "");
  history.replaceState(null, "", rest || location.pathname);
  return decodeURIComponent(found[1]);
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
  const input = h("input", {type: "password", autocomplete: "current-password", required: true});
  const page = h("main.gate", h("form.card.stack", {onsubmit: event => {
    event.preventDefault();
    token.set(input.value.trim());
    if (access) { location.reload(); return; } // another token may have another role
    page.remove();
    app.hidden = false;
    resolve();
  }}, h("h1", "This server asks for a token"), message && h("p.error", {role: "alert"}, message),
  field("Token", input, "The option --token or the variable MOCKSERVER_TOKEN set it, or the server printed it at its start. This tab keeps it until it is closed."),
  h("button.button.primary", "Open the console")));
  document.body.append(page);
  input.focus();
});

// the frame

const nav = h("nav", {"aria-label": "Views"});
const picker = select([], {"aria-label": "World", onchange: world => goTo(address(readAddress().view, {}, world))});
const clock = h("a.clock");
const connection = h("span.row.connection", {role: "status"});
const version = h("span.soft");
const content = h("main", {id: "content", tabindex: "-1"});

function buildFrame() {
  const {dataset} = document.documentElement, names = Object.keys(THEMES);
  const setTheme = name => {
    localStorage.setItem("mockserver-theme", name);
    dataset.theme = name;
    fill(theme, THEMES[name]);
  };
  const theme = button("", () => setTheme(names[(names.indexOf(dataset.theme) + 1) % names.length]), "quiet theme");
  const kept = localStorage.getItem("mockserver-theme");
  setTheme(kept in THEMES ? kept : "");
  fill(app, h("button.button.primary.skip", {type: "button", onclick: () => content.focus()}, "Skip to the content"),
    h("header.side", h("a.brand", {href: "#/"}, "audience-mockserver"), h(".stack.snug.where", picker, clock), nav, h(".stack.snug.foot", connection, theme, version)), content);
}

async function refreshFrame() {
  const {world} = readAddress();
  const [{worlds}, read] = await Promise.all([access.world ? {worlds: [{name: access.world}]} : get("/worlds", {limit: 200}), get(["/worlds", world, "clock"]).catch(() => null)]);
  now = read && {at: Date.parse(read.now), mode: read.mode, read: Date.now()};
  fill(picker, options([...new Set([...worlds.map(one => one.name), world])]));
  drawFrame();
}

function drawFrame() {
  const {world, view} = readAddress();
  picker.value = world;
  fill(nav, Object.entries(VIEWS).map(([name, [title, lines]]) => h("a.row", {href: address(name), "aria-current": name === view && "page"},
    svg("svg.icon", {viewBox: "0 0 16 16", "aria-hidden": true}, svg("path", {d: lines})), title)));
  nav.scrollLeft = nav.querySelector("[aria-current]").offsetLeft - 60; // on a narrow window it is a strip
  clock.setAttribute("href", address("time"));
  drawClock();
}

function drawClock() {
  const at = now && now.at + (now.mode === "frozen" ? 0 : Date.now() - now.read);
  fill(clock, now && [h("span", date(at), " ", time(at)), now.mode !== "real" && h("span.soft", now.mode)]);
}

function connect(world) {
  live?.stop();
  fill(connection, "connecting …");
  const tell = set => data => set.forEach(listener => attempt(() => listener(data)));
  const changed = data => {
    tell(listeners.world)(data);
    clearTimeout(due);
    due = setTimeout(() => refreshFrame().catch(() => null), 300);
  };
  live = follow(world, {
    exchange: tell(listeners.exchange), world: changed,
    state: name => { connection.className = `row connection ${name}`; fill(connection, STATES[name]); },
  });
  return live.ready;
}

// the view

async function route() {
  takeToken();
  const {world, view, query} = readAddress();
  const key = `${world}/${view}`, before = shown;
  drawFrame();
  if (key === before.key && before.here.update) {
    before.here.query = query;
    const made = await before.here.update(query);
    if (made) fill(before.root, made);
    return;
  }
  const root = h(".view", {class: view}), here = hereOf(world, view, query);
  shown = {key, world, root, here};
  Object.values(listeners).forEach(set => set.clear());
  if (world !== before.world) {
    refreshFrame().catch(failed);
    await connect(world); // before the view reads anything: what comes later is then an event
  }
  if (shown.here !== here) return;
  document.title = `${VIEWS[view][0]} · ${world} · audience-mockserver`;
  try {
    const {show} = await import(`./views/${view}.js`);
    fill(root, await show(here));
  } catch (error) {
    if (!error.problem) console.error(error);
    showError(root, error, world);
  }
  if (shown.here !== here) return;
  fill(content, root);
  if (before.key && key !== before.key) content.focus({preventScroll: true});
  scrollTo(0, 0);
}

function hereOf(world, view, query) {
  const below = parts => [parts].flat()[0]?.startsWith("/") ? parts : ["/worlds", world].concat(parts);
  const sender = method => (parts, body) => send(method, below(parts), body);
  const isShown = () => shown.here === here;
  const listen = set => listener => isShown() && set.add(listener);
  const link = changes => address(view, {...here.query, ...changes});
  const waiting = new Set();
  const here = {
    world, query, refreshFrame, vendors, link,
    get: (parts, asked) => get(below(parts), asked), post: sender("POST"), put: sender("PUT"), remove: sender("DELETE"),
    href: address, navigate: (...to) => goTo(address(...to)), go: changes => goTo(link(changes)),
    amend: changes => { history.replaceState(null, "", link(changes)); return route(); },
    record: ({vendor, collection, id}) => address("state", {vendor, collection, id}),
    vendorTitle: name => vendors.find(vendor => vendor.name === name)?.title ?? name ?? "unknown vendor",
    vendorPicker: (value, onchange, all) => select([...all ? [["", all]] : [], ...vendors.map(one => [one.name, one.title])], {value, onchange, name: "vendor", "aria-label": "Vendor"}),
    writes: access.role !== "viewer", owns: access.role === "owner",
    onExchange: listen(listeners.exchange), onWorld: listen(listeners.world),
    soon(ms, action) {
      if (waiting.has(action)) return;
      waiting.add(action);
      setTimeout(() => { waiting.delete(action); if (isShown()) attempt(action); }, ms);
    },
  };
  return here;
}

function showError(root, error, world) {
  const gone = error.problem === "unknown_world";
  fill(root, heading(gone ? `There is no world “${world}”` : "This cannot be shown", gone ? "It was deleted or has expired." : error.message,
    gone ? a(address("worlds", {}, access.world ?? "default"), "All worlds", "button primary") : button("Try again", route, "primary")));
}

// start

addEventListener("hashchange", () => attempt(route));
addEventListener("keydown", event => {
  const search = document.querySelector("[data-search]");
  if (event.key !== "/" || event.ctrlKey || event.metaKey || !search || event.target.closest("input, textarea, select, dialog")) return;
  event.preventDefault();
  search.focus();
  search.select();
});
setInterval(drawClock, 1000);
takeToken();
token.askWith(askForToken);
buildFrame();
try {
  await openLink();
  const [found, listed, health] = await Promise.all(["/access", "/vendors", "/health"].map(path => get(path)));
  [access, {vendors}] = [found, listed];
  fill(version, `version ${health.version}`);
  await route();
} catch (error) {
  fill(content, h(".view", heading("The console cannot start", error.message, button("Try again", () => location.reload(), "primary"))));
}
