"""A tab of Chromium that uses the console as a person does: by clicks, keys and what is visible."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.verify.chromium import Browser, Tab

# What goes wrong in the page without being seen: errors, and what the Content-Security-Policy blocked.
_WATCH: Final = """(() => {
  window.problems = [];
  const note = text => window.problems.push(String(text));
  const notLoaded = target => `not loaded: ${target.src || target.href}`;
  addEventListener('error', event => note(event.message || notLoaded(event.target)), true);
  addEventListener('unhandledrejection', event => note(event.reason));
  addEventListener('securitypolicyviolation', event =>
    note(`blocked by the policy: ${event.violatedDirective} ${event.blockedURI}`));
  const {error} = console;
  console.error = (...words) => { note(words.join(' ')); error(...words); };
  window.alert = note;
  window.unanswered = 0;
  const counted = call => async function (...given) {
    window.unanswered += 1;
    try { return await call.apply(this, given); } finally { window.unanswered -= 1; }
  };
  window.fetch = counted(window.fetch);
  Response.prototype.json = counted(Response.prototype.json);
})()"""
# Fulfilled once the page has waited for no answer and changed nothing for some milliseconds, and is painted.
_SETTLED: Final = """(quiet => new Promise(settled => {
  let due;
  const painted = () => requestAnimationFrame(() => requestAnimationFrame(settled));
  const end = () => { watch.disconnect(); painted(); };
  const look = () => window.unanswered ? wait() : end();
  const wait = () => { clearTimeout(due); due = setTimeout(look, quiet); };
  const watch = new MutationObserver(wait);
  watch.observe(document, {attributes: true, characterData: true, childList: true, subtree: true});
  wait();
}))"""
_FIND: Final = """((selector, text) => {
  const visible = one => one.checkVisibility({visibilityProperty: true}) && one.getClientRects().length;
  const named = one => [one.innerText, one.getAttribute('aria-label'), one.title]
    .some(name => name?.trim() === text);
  return [...document.querySelectorAll(selector)].find(one => visible(one) && (text === null || named(one)
    || one.innerText.includes(text) && !['A', 'BUTTON'].includes(one.tagName)));
})"""
# Marks the view that another one will replace; whether there is one, since a new query alone may keep it.
_MARK: Final = """(address => {
  const [view, place] = [document.querySelector('.view'), to => to.split('?')[0]];
  if (!view || place(address) === place(location.hash)) return false;
  view.classList.add('left');
  return true;
})"""
# Goes to another view as by a link, unless something may be left that a new page lacks; whether it goes.
_GO: Final = f"""(address => {{
  if (document.querySelector('dialog, .gate') || !{_MARK}(address)) return false;
  document.querySelectorAll('.toast').forEach(one => one.remove());
  document.activeElement.blur();
  window.problems = [];
  location.hash = address;
  return true;
}})"""
_DRAWN: Final = ".view:not(.left), .gate"
_CLICKABLE: Final = "a, button, summary, label, select, input, [role=tab]"
_KEYS: Final = {
    "Enter": ("Enter", 13, "\r"),
    "Tab": ("Tab", 9, ""),
    "Escape": ("Escape", 27, ""),
    "ArrowDown": ("ArrowDown", 40, ""),
    "ArrowUp": ("ArrowUp", 38, ""),
    "ArrowRight": ("ArrowRight", 39, ""),
    "End": ("End", 35, ""),
    " ": ("Space", 32, " "),
    "/": ("Slash", 191, "/"),
}


class Console:
    """The console in a tab; `clicks` counts what its user has clicked or chosen."""

    def __init__(self, tab: Tab, url: str) -> None:
        self.tab = tab
        self.url = url
        tab.call("Page.enable")
        tab.call("Page.addScriptToEvaluateOnNewDocument", source=_WATCH)
        tab.call("Emulation.setFocusEmulationEnabled", enabled=True)
        permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"]
        tab.call("Browser.grantPermissions", permissions=permissions, origin=url)
        self.begin()

    def begin(self) -> None:
        """Begins as a new user does."""
        self.clicks = 0
        self.resize(1280, 800)

    def resize(self, width: int, height: int, *, scale: float = 1) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False}
        self.tab.call("Emulation.setDeviceMetricsOverride", **size)

    def theme(self, name: str) -> None:
        """Makes the system's theme light or dark."""
        feature = {"name": "prefers-color-scheme", "value": name}
        self.tab.call("Emulation.setEmulatedMedia", features=[feature])

    def open(self, address: str) -> None:
        """Goes to an address such as `#/default/calls`, and waits for the view.

        The console is loaded anew where the view may keep something: to load it takes most of the work.
        """
        if not self.value(f"{_GO}({json.dumps(address)})"):
            self.leave()
            self.tab.call("Page.navigate", url=f"{self.url}/{address}")
        self.see(_DRAWN)

    def leave(self) -> None:
        """Ends the page and its connections."""
        self.tab.call("Page.navigate", url="about:blank")

    def go(self, address: str) -> None:
        """Goes from the view that is shown to another, as by a link, and waits until that is drawn.

        It takes a fifth of the work of `open`, which loads the console anew.
        """
        self.value(f"{_MARK}({json.dumps(address)}), void (location.hash = {json.dumps(address)})")
        self.see(_DRAWN)  # its module may still be loading, which nothing else shows
        self.settle()

    def value(self, script: str) -> Any:
        return self.tab.value(script)

    def see(self, selector: str, text: str | None = None) -> str:
        """The visible text of an element, which may still be to come."""
        found = f"{_FIND}({json.dumps(selector)}, {json.dumps(text)})"
        read: str = self.tab.wait_for_value(f"(one => one && (one.innerText.trim() || ' '))({found})")
        return read

    def click(self, text: str, within: str = "", selector: str = _CLICKABLE) -> None:
        """Clicks what has this name, at its middle: something that covers it would be hit instead."""
        wanted = ", ".join(f"{within} {one}".strip() for one in selector.split(", "))
        self._click_found(f"{_FIND}({json.dumps(wanted)}, {json.dumps(text)})")

    def click_on(self, selector: str) -> None:
        self._click_found(f"{_FIND}({json.dumps(selector)}, null)")

    def _click_found(self, found: str) -> None:
        script = f"""(async one => {{
          if (!one) return null;
          one.scrollIntoView({{block: 'center', behavior: 'instant'}});
          await new Promise(requestAnimationFrame);
          const box = one.getBoundingClientRect();
          return [box.x + box.width / 2, box.y + box.height / 2];
        }})({found})"""
        x, y = self.tab.wait_for_value(script)
        for kind in ("mousePressed", "mouseReleased"):
            self.tab.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
        self.clicks += 1

    def choose(self, selector: str, value: str) -> None:
        """Chooses an option of a select."""
        self.see(selector)
        change = "one.dispatchEvent(new Event('change', {bubbles: true}))"
        found = f"{_FIND}({json.dumps(selector)}, null)"
        self.value(f"(one => {{ one.value = {json.dumps(value)}; {change}; }})({found})")
        self.clicks += 1

    def write(self, text: str) -> None:
        """Types a text into the field that has the focus."""
        self.tab.call("Input.insertText", text=text)

    def press(self, key: str) -> None:
        code, number, text = _KEYS[key]
        press = {"key": key, "code": code, "windowsVirtualKeyCode": number}
        self.tab.call("Input.dispatchKeyEvent", type="keyDown", text=text, **press)
        self.tab.call("Input.dispatchKeyEvent", type="keyUp", **press)

    def clipboard(self) -> str:
        read: str = self.tab.wait_for_value("navigator.clipboard.readText()")
        return read

    def settle(self, quiet: float = 0.1) -> None:
        """Waits until the page has drawn what it asked for, and then rested for so many seconds."""
        self.value(f"{_SETTLED}({1000 * quiet})")

    def screenshot(self, file: Path, *, quality: int = 80) -> None:
        form = {".png": {"format": "png"}}.get(file.suffix, {"format": "webp", "quality": quality})
        shot = self.tab.call("Page.captureScreenshot", **form)
        file.write_bytes(base64.b64decode(shot["data"]))

    @property
    def problems(self) -> list[str]:
        found: list[str] = self.value("window.problems")
        return found

    @property
    def is_wider_than_the_window(self) -> bool:
        return bool(self.value("document.documentElement.scrollWidth > innerWidth"))


@contextmanager
def console(browser: Browser, url: str) -> Iterator[Console]:
    """The console of a server in a new tab."""
    with browser.tab("about:blank") as (tab, _id):
        yield Console(tab, url)
