"""Scaffolds a vendor: its files, and its entries in README.md and fixtures/credentials.yaml."""

import re
from collections.abc import Iterator, Mapping
from keyword import iskeyword
from pathlib import Path
from typing import Final, NamedTuple

from mockserver.errors import ScaffoldError
from mockserver.formats import yaml_loader
from mockserver.paths import checkout
from mockserver.scaffold.files import write_all

_TEMPLATE: Final = Path(__file__).parent / "template"
_PLACEHOLDERS: Final = re.compile("example_vendor|Example Vendor|example-vendor")
_NAME: Final = re.compile(r"(?=.{1,30}$)[a-z][a-z0-9]*(_[a-z0-9]+)*")
_TITLE: Final = re.compile(r"(?=.{1,40}$)[^\W_]([\w .&+-]*[\w.+])?")
_ROW: Final = re.compile(r"^\| `(\w+)` \| `/\1` \|.*\n", re.MULTILINE)
_NEW_ROW: Final = (
    "| `example_vendor` | `/example_vendor` | audiences (scaffold) "
    "| `X-Api-Key: example_vendor-mockserver` |\n"
)
_CREDENTIALS: Final = {"api_key": "example_vendor-mockserver"}


class ScaffoldedVendor(NamedTuple):
    """A vendor's title, and the files written and changed for it, relative to the checkout."""

    title: str
    written: list[Path]
    changed: list[Path]


class VendorFiles(NamedTuple):
    """The files of a vendor by their paths in a checkout, its credentials, and its row in README.md."""

    files: Mapping[str, str]
    credentials: Mapping[str, str]
    row: str


def scaffold_vendor(name: str, title: str | None = None, made: VendorFiles | None = None) -> ScaffoldedVendor:
    """Writes a vendor: these files, or else the scaffold; `title` is its display name.

    Raises `ScaffoldError` without writing anything.
    """
    title = title or name.replace("_", " ").title()
    _check_name(name, title)
    root = checkout()
    if root is None:
        fix = f"run `python -m mockserver new {name}` in a checkout of the project"
        raise ScaffoldError(
            f"scaffolding needs a source checkout, and this mockserver is an installed package; {fix}"
        )
    words = {"example_vendor": name, "Example Vendor": title, "example-vendor": name.replace("_", "-")}
    made = made or _rendered(words)
    new = {root / path: text.encode() for path, text in made.files.items()}
    _check_available(root, name, new)
    try:
        changed = _edited_files(root, name, made)
        write_all(new, changed)
    except OSError as error:
        problem = f"cannot write {error.filename} ({error.strerror}); nothing was written"
        raise ScaffoldError(f"{problem}; make it writable and try again") from error
    return ScaffoldedVendor(
        title, [one.relative_to(root) for one in new], [one.relative_to(root) for one in changed]
    )


def _check_name(name: str, title: str) -> None:
    if not _NAME.fullmatch(name) or iskeyword(name):
        form = "a letter, then letters, digits and single underscores, all lower case, at most 30"
        raise ScaffoldError(f"{name!r} is not a valid vendor name; use {form}")
    if not _TITLE.fullmatch(title):
        form = "at most 40 letters, digits, spaces and . & + -, starting with a letter or digit"
        raise ScaffoldError(f"{title!r} is not a valid title; use {form}")


def _check_available(root: Path, name: str, new: Mapping[Path, bytes]) -> None:
    folders = [root / "contracts" / name, root / "mockserver" / "vendors" / name]
    for one in (*filter(_has_files, folders), *filter(Path.exists, new)):
        raise ScaffoldError(f"{one.relative_to(root)} exists already; choose another name than {name!r}")
    for path in _modules_containing(root, re.compile(rf"\b{name}\b", re.IGNORECASE)):
        problem = f"{path.relative_to(root)} contains the word {name!r}, and code may not name a vendor"
        raise ScaffoldError(f"{problem}; choose another name, such as {name}_api")


def _modules_containing(root: Path, word: re.Pattern[str]) -> Iterator[Path]:
    """The modules that contain a word, except those of a vendor whose contracts contain it too."""
    package = root / "mockserver"
    for path in sorted(package.rglob("*.py")):
        if word.search(path.read_text(encoding="utf-8")):
            folder, *vendor = path.relative_to(package).parts
            contracts = (root / "contracts" / vendor[0]).glob("*.yaml") if folder == "vendors" else ()
            if not any(word.search(one.read_text(encoding="utf-8")) for one in contracts):
                yield path


def _has_files(folder: Path) -> bool:
    return any(path.is_file() and path.suffix != ".pyc" for path in folder.rglob("*"))


def _rendered(words: Mapping[str, str]) -> VendorFiles:
    """The files of the scaffold, its credentials and its row."""
    files = {str(path): text for path, text in _render_template(words).items()}
    credentials = {field: _substitute(value, words) for field, value in _CREDENTIALS.items()}
    return VendorFiles(files, credentials, _substitute(_NEW_ROW, words))


def _render_template(words: Mapping[str, str]) -> dict[Path, str]:
    """The files of the template with the placeholders replaced, by path in a checkout."""
    files = [path for path in sorted(_TEMPLATE.rglob("*")) if path.is_file() and path.suffix != ".pyc"]
    texts = {path.relative_to(_TEMPLATE).as_posix(): path.read_text(encoding="utf-8") for path in files}
    return {Path(_substitute(path, words)): _substitute(text, words) for path, text in texts.items()}


def _substitute(text: str, words: Mapping[str, str]) -> str:
    return _PLACEHOLDERS.sub(lambda found: words[found[0]], text)


def _edited_files(root: Path, name: str, made: VendorFiles) -> dict[Path, bytes]:
    """README.md and fixtures/credentials.yaml with this vendor added, if it is not there yet."""
    readme, credentials = root / "README.md", root / "fixtures" / "credentials.yaml"
    changed = {readme: _with_row(readme, name, made.row)}
    if made.credentials:
        changed[credentials] = _with_credentials(credentials, name, made.credentials)
    return {path: content for path, content in changed.items() if content != path.read_bytes()}


def _with_row(readme: Path, name: str, row: str) -> bytes:
    text = readme.read_bytes().decode()
    rows = list(_ROW.finditer(text))
    if not rows:
        raise ScaffoldError(f"{readme.name} has no table of vendors to add {name} to; restore the table")
    before = [one for one in rows if one[1] <= name]
    if before and before[-1][1] == name:
        return text.encode()
    index = before[-1].end() if before else rows[0].start()
    return f"{text[:index]}{row}{text[index:]}".encode()


def _with_credentials(path: Path, name: str, credentials: Mapping[str, str]) -> bytes:
    text, own = path.read_bytes().decode(), dict(credentials)
    existing = yaml_loader.parse(text) or {}
    if name not in existing:
        lines = "".join(f"  {field}: {value}\n" for field, value in own.items())
        return f"{text.rstrip()}\n{name}:\n{lines}".encode()
    if existing[name] != own:
        raise ScaffoldError(f"{path.name} has other credentials of {name}; remove them")
    return text.encode()
