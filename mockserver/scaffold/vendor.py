"""Scaffolds a vendor: in a checkout, with its entries in README.md and fixtures, or as its own package."""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from mockserver.errors import ScaffoldError
from mockserver.formats import yaml_loader
from mockserver.homes import NAME_FORM, RESERVED, homes, is_valid_name
from mockserver.paths import checkout
from mockserver.scaffold.files import write_all
from mockserver.scaffold.package import as_package, credentials_file, package_files

_TEMPLATE: Final = Path(__file__).parent / "template"
_PLACEHOLDERS: Final = re.compile("example_vendor|Example Vendor|example-vendor")
_TITLE: Final = re.compile(r"(?=.{1,40}$)[^\W_]([\w .&+-]*[\w.+])?")
_ROW: Final = re.compile(r"^\| `(\w+)` \| `/\1` \|.*\n", re.MULTILINE)
_NEW_ROW: Final = (
    "| `example_vendor` | `/example_vendor` | audiences (scaffold) "
    "| `X-Api-Key: example_vendor-mockserver` |\n"
)
_CREDENTIALS: Final = {"api_key": "example_vendor-mockserver"}


class ScaffoldedVendor(NamedTuple):
    """A vendor's title, and the files written and changed for it, relative to the checkout or the folder."""

    title: str
    written: list[Path]
    changed: list[Path]


class VendorFiles(NamedTuple):
    """The files of a vendor by their paths in a checkout, its credentials, and its row in README.md."""

    files: Mapping[str, str]
    credentials: Mapping[str, str]
    row: str


def scaffold_vendor(
    name: str, title: str | None = None, into: Path | None = None, made: VendorFiles | None = None
) -> ScaffoldedVendor:
    """Writes a vendor: these files, or else the scaffold; `title` is its display name.


    It becomes a part of the checkout, or a package of its own in the folder `into`.
    Raises `ScaffoldError` without writing anything.
    """
    title = title or name.replace("_", " ").title()
    _check_name(name, title)
    words = {"example_vendor": name, "Example Vendor": title, "example-vendor": name.replace("_", "-")}
    if into is not None:
        return _write_package(into, words, made)
    root = checkout()
    if root is None:
        fix = f"run `mockserver new {name} --into FOLDER`, which makes a package of it"
        raise ScaffoldError(f"this mockserver is an installed package, not a checkout to write to; {fix}")
    made = made or _rendered(words)
    new = {root / path: text.encode() for path, text in made.files.items()}
    _check_available(root, name, new)
    return _write(root, title, new, lambda: _edited_files(root, name, made))


def _write_package(folder: Path, words: Mapping[str, str], made: VendorFiles | None) -> ScaffoldedVendor:
    name = words["example_vendor"]
    taken = homes().found.get(name)
    if name in RESERVED or (taken and taken.is_shipped):
        raise ScaffoldError(f"the server has {name!r} already; choose another name")
    files = as_package(name, {Path(path): text for path, text in (made or _rendered(words)).files.items()})
    files |= {path: _substitute(text, words) for path, text in package_files(name, made is not None)}
    if made is not None:
        head = files[credentials_file(name)].partition(f"{name}:")[0]
        files[credentials_file(name)] = head + _credentials_entry(name, made.credentials)
    new = {folder / path: text.encode() for path, text in files.items()}
    for one in filter(Path.exists, new):
        raise ScaffoldError(f"{one} exists already; choose another folder than {folder}")
    return _write(folder, words["Example Vendor"], new, dict)


def _write(
    root: Path, title: str, new: Mapping[Path, bytes], edit: Callable[[], dict[Path, bytes]]
) -> ScaffoldedVendor:
    try:
        changed = edit()
        write_all(new, changed)
    except OSError as error:
        problem = f"cannot write {error.filename} ({error.strerror}); nothing was written"
        raise ScaffoldError(f"{problem}; make it writable and try again") from error
    written, edited = ([one.relative_to(root) for one in files] for files in (new, changed))
    return ScaffoldedVendor(title, written, edited)


def _check_name(name: str, title: str) -> None:
    if not is_valid_name(name) and name not in RESERVED:  # those are refused as taken
        raise ScaffoldError(f"{name!r} is not a valid vendor name; use {NAME_FORM}")
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
        return f"{text.rstrip()}\n{_credentials_entry(name, own)}".encode()
    if existing[name] != own:
        raise ScaffoldError(f"{path.name} has other credentials of {name}; remove them")
    return text.encode()


def _credentials_entry(name: str, credentials: Mapping[str, str]) -> str:
    lines = "".join(f"  {field}: {value}\n" for field, value in credentials.items())
    return f"{name}:\n{lines}" if lines else f"{name}: {{}}\n"
