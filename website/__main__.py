"""Builds the site: `python -m website FOLDER [--zensical PROGRAM] [--url URL]`."""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import orjson

from website.help_page import help_page
from website.llms import llms_text
from website.navigation import nav
from website.operations_page import operation_pages
from website.pages import ROOT, Links, Page, read_pages, static_files

_ASSETS: Final = ("extra.css",)
_NO_ANSWERS: Final = ("pages.md", "project/changelog.md")
"""The pages that have every word of the others, and would come before those that answer."""
_UNSEARCHED: Final = "---\nsearch:\n  exclude: true\n---\n\n"


def all_pages(root: Path = ROOT) -> list[Page]:
    """The pages of the repository, and those that are generated."""
    return [*read_pages(root), help_page(), *operation_pages()]


def write_sources(folder: Path, pages: list[Page], url: str | None) -> None:
    """Writes what Zensical reads: the pages, the files that they link to, and the configuration."""
    docs = folder / "docs"
    links = Links(pages)
    for page in pages:
        text = links.rewrite(page)
        _write(docs / page.place, _UNSEARCHED + text if page.place in _NO_ANSWERS else text)
    for file, place in static_files(links):
        (docs / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / file, docs / place)
    for name in _ASSETS:
        shutil.copyfile(Path(__file__).with_name(name), docs / name)
    text = Path(__file__).with_name("zensical.toml").read_text(encoding="utf-8")
    head = f"[project]\nnav = {_toml(nav(pages))}\n" + (f'site_url = "{url}"\n' if url else "")
    _write(folder / "zensical.toml", text.replace("[project]\n", head, 1))


def add_texts(site: Path, sources: Path, pages: list[Page], url: str | None) -> None:
    """Adds each page as Markdown beside its HTML, and llms.txt."""
    for page in pages:
        text = (sources / "docs" / page.place).read_text(encoding="utf-8")
        _write(site / page.place, text.removeprefix(_UNSEARCHED))
    _write(site / "llms.txt", llms_text(pages, url))


def build(folder: Path, zensical: str, url: str | None) -> str:
    """Builds the site into the folder; returns what Zensical printed. Raises CalledProcessError."""
    pages = all_pages()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        write_sources(work, pages, url)
        words = [zensical, "build", "--strict", "--config-file", str(work / "zensical.toml")]
        done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise subprocess.CalledProcessError(done.returncode, words, done.stdout, done.stderr)
        add_texts(work / "site", work, pages, url)
        shutil.copytree(work / "site", folder, dirs_exist_ok=True)
    return done.stdout + done.stderr


def _toml(value: object) -> str:
    """The navigation as TOML: inline tables of one member each."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_toml(name)} = {_toml(one)}" for name, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return orjson.dumps(value).decode()


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def main(*arguments: str) -> int:
    """Builds the site; 1 and what Zensical printed if it finds something to warn of."""
    parser = argparse.ArgumentParser(prog="python -m website")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--zensical", default="zensical")
    parser.add_argument("--url")
    options = parser.parse_args(arguments)
    try:
        build(options.folder, options.zensical, options.url)
    except subprocess.CalledProcessError as error:
        sys.stderr.write(error.stdout + error.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
