"""The folder of a demo: emptied only where a demo made it, nobody uses it, and no photo to send lies in it."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from api.settings import SettingsError, sqlite_in
from cli.alone import alone_on, lock_of, without_users

MARKER = "made-by-demo"
_TEXT = "shelfproof demo made this folder, and empties it each time it runs. Keep nothing here.\n"


@contextmanager
def emptied(var: Path, photos: Sequence[Path]) -> Iterator[None]:
    """`var` without what an earlier demo left there, and nobody else's while the block runs. SettingsError where it is
    not the demo's to empty, or one of `photos`, files, lies in it; then nothing in it was touched."""
    folder = var.resolve()
    database = sqlite_in(folder)
    lock, marker = lock_of(database), folder / MARKER
    _refuse(var, folder, photos, {lock, marker})
    with alone_on(database):
        with without_users(folder / "photos"):
            if not marker.exists():  # first of all: what is left by a demo that is killed here is still the demo's
                marker.write_text(_TEXT)
            for entry in folder.iterdir():
                if entry not in (lock, marker):
                    _remove(entry)
        yield


def _remove(entry: Path) -> None:
    """A link goes, and what it points to stays; below it `rmtree` follows none either."""
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry)
    else:
        entry.unlink()


def _refuse(var: Path, folder: Path, photos: Sequence[Path], own: set[Path | None]) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise SettingsError(f"{var} is no folder: name another with --var")
    marker = folder / MARKER
    if (marker.is_symlink() or not marker.is_file()) and not set(folder.iterdir()) <= own:
        raise SettingsError(
            f"{var} is not empty, and not marked as the demo's: name another folder with --var, or remove it yourself"
        )
    for holder in {photo.resolve().parent for photo in photos}:
        if any(os.path.samefile(each, folder) for each in (holder, *holder.parents)):
            raise SettingsError(f"photos lie in {var}, which the demo empties: name another folder with --var")
