"""A new vendor: the files of its beginning, and the two of ours that name every vendor."""

import re
from collections.abc import Iterator, Mapping
from keyword import iskeyword
from pathlib import Path
from typing import Final, NamedTuple

from mockserver.errors import ScaffoldError
from mockserver.formats import yaml_loader
from mockserver.paths import checkout
from mockserver.scaffold.files import write

_TEMPLATE: Final = Path(__file__).parent / "template"
_PLACEHOLDERS: Final = re.compile("newcomer|Newcomer|new-comer")
_NAME: Final = re.compile(r"(?=.{1,30}$)[a-z][a-z0-9]*(_[a-z0-9]+)*")
_TITLE: Final = re.compile(r"(?=.{1,40}$)[^\W_]([\w .&+-]*[\w.+])?")
_ROW: Final = re.compile(r"^\| `(\w+)` \| `/\1` \|.*\n", re.MULTILINE)
_NEW_ROW: Final = "| `newcomer` | `/newcomer` | audiences, a beginning | `X-Api-Key: newcomer-mockserver` |\n"
_CREDENTIALS: Final = {"api_key": "newcomer-mockserver"}


class Begun(NamedTuple):
    """A vendor's title, and what was written and changed for it, as seen from the checkout."""

    title: str
    written: list[Path]
    changed: list[Path]


def begin(name: str, title: str | None = None) -> Begun:
    """Writes the beginning of a vendor; `title` is what people call it.

    Raises `ScaffoldError`; then nothing is written.
    """
    title = title or name.replace("_", " ").title()
    _demand_words(name, title)
    root = checkout()
    if root is None:
        fix = f"run `python -m mockserver new {name}` in a checkout of the project"
        raise ScaffoldError(f"this mockserver is installed, so there is nowhere to write to; {fix}")
    words = {"newcomer": name, "Newcomer": title, "new-comer": name.replace("_", "-")}
    new = {root / path: text.encode() for path, text in _filled(words).items()}
    _demand_free(root, name, new)
    try:
        changed = _changed(root, words)
        write(new, changed)
    except OSError as error:
        where = f"{error.filename} cannot be written ({error.strerror})"
        raise ScaffoldError(f"{where}, so nothing was; make it writable and begin again") from error
    return Begun(title, [one.relative_to(root) for one in new], [one.relative_to(root) for one in changed])


def _demand_words(name: str, title: str) -> None:
    if not _NAME.fullmatch(name) or iskeyword(name):
        form = "a letter, then letters, digits and single underscores, all lower-case, 30 at most"
        raise ScaffoldError(f"{name!r} is no name for a vendor's package; write {form}")
    if not _TITLE.fullmatch(title):
        form = "at most 40 letters, digits, spaces and . & + -, a letter or digit first"
        raise ScaffoldError(f"{title!r} is no title; write {form}")


def _demand_free(root: Path, name: str, new: Mapping[Path, bytes]) -> None:
    folders = [root / "contracts" / name, root / "mockserver" / "vendors" / name]
    for one in (*filter(_has_files, folders), *filter(Path.exists, new)):
        found = f"{one.relative_to(root)} is there, and nothing is overwritten"
        raise ScaffoldError(f"{found}; choose another name than {name}")
    for path in _saying(root, re.compile(rf"\b{name}\b", re.IGNORECASE)):
        found = f"{path.relative_to(root)} says {name!r}, and nothing but a vendor itself may name it"
        raise ScaffoldError(f"{found}; choose another name, such as {name}_api")


def _saying(root: Path, word: re.Pattern[str]) -> Iterator[Path]:
    """The modules that say a word, but for those of a vendor whose contracts say it too."""
    package = root / "mockserver"
    for path in sorted(package.rglob("*.py")):
        if word.search(path.read_text(encoding="utf-8")):
            room, *vendor = path.relative_to(package).parts
            contracts = (root / "contracts" / vendor[0]).glob("*.yaml") if room == "vendors" else ()
            if not any(word.search(one.read_text(encoding="utf-8")) for one in contracts):
                yield path


def _has_files(folder: Path) -> bool:
    return any(path.is_file() and path.suffix != ".pyc" for path in folder.rglob("*"))


def _filled(words: Mapping[str, str]) -> dict[Path, str]:
    """The files of the template in these words, by their place in a checkout."""
    files = [path for path in sorted(_TEMPLATE.rglob("*")) if path.is_file() and path.suffix != ".pyc"]
    texts = {path.relative_to(_TEMPLATE).as_posix(): path.read_text(encoding="utf-8") for path in files}
    return {Path(_fill(place, words)): _fill(text, words) for place, text in texts.items()}


def _fill(text: str, words: Mapping[str, str]) -> str:
    return _PLACEHOLDERS.sub(lambda found: words[found[0]], text)


def _changed(root: Path, words: Mapping[str, str]) -> dict[Path, bytes]:
    """The table of vendors and the default world's credentials with this vendor in them, unless it is."""
    readme, credentials = root / "README.md", root / "fixtures" / "credentials.yaml"
    changed = {readme: _with_row(readme, words), credentials: _with_credentials(credentials, words)}
    return {path: content for path, content in changed.items() if content != path.read_bytes()}


def _with_row(readme: Path, words: Mapping[str, str]) -> bytes:
    text, name = readme.read_bytes().decode(), words["newcomer"]
    rows = list(_ROW.finditer(text))
    if not rows:
        raise ScaffoldError(f"{readme.name} has no table of vendors to name {name} in; give it one")
    before = [row for row in rows if row[1] <= name]
    if before and before[-1][1] == name:
        return text.encode()
    place = before[-1].end() if before else rows[0].start()
    return f"{text[:place]}{_fill(_NEW_ROW, words)}{text[place:]}".encode()


def _with_credentials(path: Path, words: Mapping[str, str]) -> bytes:
    text, name = path.read_bytes().decode(), words["newcomer"]
    own = {field: _fill(value, words) for field, value in _CREDENTIALS.items()}
    there = yaml_loader.parse(text) or {}
    if name not in there:
        lines = "".join(f"  {field}: {value}\n" for field, value in own.items())
        return f"{text.rstrip()}\n{name}:\n{lines}".encode()
    if there[name] != own:
        raise ScaffoldError(f"{path.name} has other credentials of {name}; take them out")
    return text.encode()
