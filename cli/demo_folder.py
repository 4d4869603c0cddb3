"""The folder of a demo: emptied only where a demo made it, nobody serves it, and no photo to send lies in it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.settings import SettingsError, sqlite_in
from cli.alone import alone_on

MARKER = "made-by-demo"
_TEXT = "shelfproof demo made this folder, and empties it each time it runs. Keep nothing here.\n"


@contextmanager
def emptied(var: Path, photos: Path | None) -> Iterator[None]:
    """`var` without what an earlier demo left there, and nobody else's while the block runs. SettingsError where it is
    not the demo's to empty; then nothing in it was touched."""
    folder = var.resolve()
    _refuse(var, folder, photos)
    with alone_on(sqlite_in(folder)) as lock:
        for entry in folder.iterdir():
            if entry == lock:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        (folder / MARKER).write_text(_TEXT)
        yield


def _refuse(var: Path, folder: Path, photos: Path | None) -> None:
    if photos is not None and photos.resolve().is_relative_to(folder):
        raise SettingsError(f"{photos} lies in {var}, which the demo empties: name another folder with --var")
    if folder.exists() and not folder.is_dir():
        raise SettingsError(f"{var} is no folder: name another with --var")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARKER).is_file():
        raise SettingsError(
            f"{var} is not empty, and not marked as the demo's: name another folder with --var, or remove it yourself"
        )
