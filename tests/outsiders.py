"""Vendors from outside for tests: packages in temporary folders, on the vendor path or as if installed."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mockserver import homes
from mockserver.scaffold.vendor import scaffold_vendor


def make_package(folder: Path, name: str, package: str | None = None) -> Path:
    """The folder of the package of a vendor, as `mockserver new --into` makes it."""
    scaffold_vendor(name, into=folder)
    made = folder / f"mockserver_{name}"
    return made.rename(folder / package) if package else made


def install(folder: Path, distribution: str, **points: str) -> None:
    """Makes the folder look like one that packages are installed in: with the entry points of this one."""
    info = folder / f"{distribution.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    lines = "".join(f"{name} = {value}\n" for name, value in points.items())
    (info / "entry_points.txt").write_text(f"[{homes.ENTRY_POINTS}]\n{lines}")


@contextmanager
def import_path(*folders: Path) -> Iterator[None]:
    """Puts folders on the import path; at the end, what was imported from outside is forgotten."""
    before, loaded = [*sys.path], {*sys.modules}
    sys.path[:0] = map(str, folders)
    try:
        yield
    finally:
        sys.path[:] = before
        for name in [one for one in {*sys.modules} - loaded if one.startswith("mockserver_")]:
            del sys.modules[name]
