/* The console: the address, the frame around the views, and the live connection.

   The address is `/#/<world>/<view>?<query>`; everything that a user selected is in it. A view is a module
   `views/<view>.js`:

     export const title = "Calls";
     export async function show(root, context) { …; return stop }

   `root` is an empty element. `show` may return nothing, `stop()`, or `{stop(), update(query)}`: with `update`, a change of
   the query alone calls that, otherwise the view is shown anew. An error that `show` throws is shown in its place.
   `context` has

     world, query          the world's name; the query of the address (URLSearchParams)
     api                   get, post, put, patch, delete (path, body): the JSON of the reply, or ApiError with the problem's text
     path(…parts)          `/worlds/<world>/…parts`, encoded: `await api.get(path("journal"))`
     navigate(view, query, {world, replace})
                           goes to an address; view null: this view. `query`: an object (empty values are left out)
     href(view, query, {world})            the same address as a link
     vendors               of GET /vendors: `{name, title, url, operations, backstage, curl, …}`
     vendorTitle(name)     the title of a vendor
     role                  owner, operator or viewer: what the token allows
     onExchange(listener)  calls the listener with every new exchange in brief, until the view is left
     onWorld(listener)     … when something else of the world has changed (clock, faults, settings, reset, a gap in the exchanges)
     refreshFrame()        reads the list of worlds and the clock anew, after a view has changed them

   Elements are made with `h` of dom.js, shared parts are in view.js, forms of a JSON Schema in schema_form.js. */

import {api, path, token, withQuery} from "./api.js";
import {h, replace, svg} from "./dom.js";
import {date, time} from "./format.js";
import {follow} from "./live.js";
import {button, failed, heading, select} from "./view.js";

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
const THEMES = {"": "Theme: as the system", light: "Theme: light", dark: "Theme: dark"};
const app = document.getElementById("app");
const frame = {access: null, vendors: [], worlds: [], live: null, clock: null}; // access: {role, world}, of a guest the only world
const listeners = {exchange: new Set(), world: new Set()};
let shown = {key: null, world: null, stop: null, update: null};
let turn = 0;

// --- the address -------------------------------------------------------------------------------------------------

function readAddress() {
  const [place, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [world, view] = place.split("/").map(decodeURIComponent);
  return {world: world || frame.access?.world || "default", view: Object.hasOwn(VIEWS, view ?? "") ? view : "calls", query: new URLSearchParams(query)};
}

function address(view, query = {}, {world = readAddress().world} = {}) {
  const pairs = query instanceof URLSearchParams ? Object.fromEntries(query) : query;
  return withQuery(`#/${encodeURIComponent(world)}/${view ?? readAddress().view}`, pairs);
}

function navigate(view, query = {}, {world, replace: instead = false} = {}) {
  const to = address(view, query, world ? {world} : {});
  if (to === location.hash) return route();
  if (!instead) { location.hash = to; return null; } // the event `hashchange` shows it
  history.replaceState(null, "", to);
  return route();
}

/** Takes a token out of the address, so that it is in no history and on no screen. */
function takeToken() {
  const found = /[#?&]token=([^&]*)/.exec(location.hash);
  if (!found) return;
  token.set(decodeURIComponent(found[1]));
  const rest = location.hash.replace(/([#?&])token=[^&]*&?/, "$1").replace(/[?&]$/, "");
  history.replaceState(null, "", rest === "#" ? location.pathname : rest);
}

/** Opens a link to a world: its guest gets a copy, and a token for that. */
async function openLink() {
  const [, link] = /^#link=([^&]+)/.exec(location.hash) ?? [];
  if (!link) return;
  history.replaceState(null, "", location.pathname);
  const {token: given, world} = await api.post("/links/open", {link: decodeURIComponent(link)});
  token.set(given);
  history.replaceState(null, "", `#/${encodeURIComponent(world.name)}/calls`);
}

// --- the token ---------------------------------------------------------------------------------------------------

/** The form that asks for the token; nothing else is shown meanwhile. */
function askForToken(message) {
  return new Promise(resolve => {
    app.hidden = true;
    const input = h("input", {id: "token", type: "password", autocomplete: "current-password", required: true, "aria-describedby": "token-hint"});
    const page = h("main", {class: "gate"}, h("form", {onsubmit: event => {
      event.preventDefault();
      token.set(input.value.trim());
      if (frame.access) { location.reload(); return; } // another token may have another role
      page.remove();
      app.hidden = false;
      resolve();
    }}, h("h1", {}, "This server asks for a token"),
    h("p", {class: "soft", id: "token-hint"}, "The option --token or the variable MOCKSERVER_TOKEN set it when the server was started; otherwise the server printed it then. It is kept until this tab is closed."),
    message && h("p", {class: "error", role: "alert"}, message),
    h("label", {for: "token"}, "Token"), input, h("button", {class: "button primary"}, "Open the console")));
    document.body.append(page);
    input.focus();
  });
}

// --- the frame ---------------------------------------------------------------------------------------------------

const icon = lines => svg("svg", {viewBox: "0 0 16 16", class: "icon", "aria-hidden": "true"}, svg("path", {d: lines}));
const nav = h("nav", {"aria-label": "Views"});
const picker = select([], {"aria-label": "World", onchange: () => navigate(null, {}, {world: picker.value})});
const clock = h("a", {class: "clock"});
const connection = h("span", {class: "connection", role: "status"});
const version = h("span", {class: "soft"});
const content = h("main", {id: "content", tabindex: "-1"});

function buildFrame() {
  const theme = button("", () => {
    const names = Object.keys(THEMES);
    setTheme(names[(names.indexOf(document.documentElement.dataset.theme ?? "") + 1) % names.length]);
  }, {kind: "quiet", class: "button quiet theme"});
  function setTheme(name) {
    if (name) document.documentElement.dataset.theme = name; else delete document.documentElement.dataset.theme;
    localStorage.setItem("mockserver-theme", name);
    replace(theme, THEMES[name]);
  }
  setTheme(localStorage.getItem("mockserver-theme") in THEMES ? localStorage.getItem("mockserver-theme") : "");
  replace(app,
    h("button", {type: "button", class: "skip", onclick: () => content.focus()}, "Skip to the content"),
    h("header", {class: "side"},
      h("a", {class: "brand", href: "#/"}, "audience-mockserver"),
      h("div", {class: "where"}, picker, clock),
      nav,
      h("div", {class: "foot"}, connection, theme, version)),
    content);
}

async function refreshFrame() {
  const {world} = readAddress();
  [frame.worlds, frame.clock] = await Promise.all([
    frame.access.world ? [{name: frame.access.world}] : api.get("/worlds?limit=200").then(page => page.worlds),
    api.get(path("worlds", world, "clock")).then(({now, mode}) => ({now: Date.parse(now), mode, read: Date.now()})).catch(() => null),
  ]);
  drawFrame();
}

function drawFrame() {
  const {world, view} = readAddress();
  const names = frame.worlds.map(one => one.name);
  if (!names.includes(world)) names.push(world);
  replace(picker, names.map(name => h("option", {value: name}, name)));
  picker.value = world;
  replace(nav, Object.entries(VIEWS).map(([name, [title, lines]]) =>
    h("a", {href: address(name), "aria-current": name === view ? "page" : null}, icon(lines), title)));
  nav.scrollLeft = nav.querySelector("[aria-current]").offsetLeft - 60; // on a narrow window it is a strip
  clock.setAttribute("href", address("time"));
  drawClock();
}

function drawClock() {
  if (!frame.clock) { replace(clock); return; }
  const now = frame.clock.now + (frame.clock.mode === "frozen" ? 0 : Date.now() - frame.clock.read);
  replace(clock, h("span", {}, date(now), " ", time(now)), frame.clock.mode === "real" ? null : h("span", {class: "soft"}, frame.clock.mode));
}

const STATES = {live: "live", polling: "live (polling)", offline: "reconnecting …", gone: "this world is gone"};

function connect(world) {
  frame.live?.stop();
  replace(connection, "connecting …");
  const toAll = (set, data) => { for (const listener of set) try { listener(data); } catch (error) { failed(error); } };
  let due = null;
  const changed = data => {
    toAll(listeners.world, data);
    clearTimeout(due);
    due = setTimeout(() => refreshFrame().catch(() => null), 300);
  };
  frame.live = follow(world, {
    exchange: data => toAll(listeners.exchange, data),
    world: changed,
    gap: () => changed({}),
    state: name => { connection.dataset.state = name; replace(connection, STATES[name]); },
  });
  return frame.live.ready;
}

// --- the view ----------------------------------------------------------------------------------------------------

async function route() {
  takeToken();
  const {world, view, query} = readAddress();
  const key = `${world}/${view}`;
  const mine = ++turn;
  drawFrame();
  if (key === shown.key && shown.update) return shown.update(query);
  const moved = shown.key !== null && key !== shown.key;
  leave();
  if (world !== shown.world) {
    refreshFrame().catch(failed);
    await connect(world); // before the view reads anything: what comes later is then an event
    if (mine !== turn) return null;
  }
  shown = {key, world, stop: null, update: null};
  const root = h("div", {class: ["view", view]});
  try {
    const module = await import(`./views/${view}.js`);
    document.title = `${module.title} · ${world} · audience-mockserver`;
    const result = await module.show(root, contextOf(world, query, mine));
    const ends = typeof result === "function" ? {stop: result} : result ?? {};
    if (mine !== turn && shown.key !== key) { ends.stop?.(); return; }
    Object.assign(shown, ends);
  } catch (error) {
    if (mine !== turn) return;
    if (!error.problem) console.error(error);
    showError(root, error, world);
  }
  replace(content, root);
  if (moved) content.focus({preventScroll: true});
  scrollTo(0, 0);
}

function leave() {
  try { shown.stop?.(); } catch (error) { failed(error); }
  listeners.exchange.clear();
  listeners.world.clear();
}

function contextOf(world, query, mine) {
  const listen = set => listener => { if (mine === turn) set.add(listener); return () => set.delete(listener); };
  return {
    world, query, api, navigate, refreshFrame,
    path: (...parts) => path("worlds", world, ...parts),
    href: address,
    vendors: frame.vendors,
    vendorTitle: name => frame.vendors.find(vendor => vendor.name === name)?.title ?? name ?? "unknown vendor",
    role: frame.access.role,
    onExchange: listen(listeners.exchange),
    onWorld: listen(listeners.world),
  };
}

function showError(root, error, world) {
  const gone = error.problem === "unknown_world";
  replace(root, heading(gone ? `There is no world “${world}”` : "This cannot be shown", gone ? "It was deleted or has expired." : error.message),
    h("div", {class: "row"}, gone ? h("a", {class: "button primary", href: address("worlds", {}, {world: frame.access.world ?? "default"})}, "All worlds")
      : button("Try again", route, {kind: "primary"})));
}

// --- start -------------------------------------------------------------------------------------------------------

addEventListener("hashchange", () => route().catch(failed));
addEventListener("keydown", event => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.closest("input, textarea, select, dialog")) return;
  const search = document.querySelector("[data-search]");
  if (search) { event.preventDefault(); search.focus(); search.select(); }
});
setInterval(drawClock, 1000);

async function start() {
  takeToken();
  token.askWith(askForToken);
  buildFrame();
  try {
    await openLink();
    const [access, vendors, health] = await Promise.all([api.get("/access"), api.get("/vendors"), api.get("/health")]);
    frame.access = access;
    frame.vendors = vendors.vendors;
    replace(version, `version ${health.version}`);
  } catch (error) {
    replace(content, h("div", {class: "view"}, heading("The console cannot start", error.message, button("Try again", () => location.reload(), {kind: "primary"}))));
    return;
  }
  await route();
}

start().catch(failed);
