"""The photos that a command is given: files, and folders of them."""

import os
import sys
from pathlib import Path

from models.photo_files import photos_below
from pipeline.intake.photo_error import too_large
from pipeline.thresholds import BYTES_MAX


def photo_files(path: Path) -> list[Path]:
    """The photo itself, or the photos of a folder and its sub-folders, sorted; the path is kept as it was given.

    Photos of formats that are not read are among them, so that each is told of.
    """
    if not os.path.isdir(path):  # Path.is_dir raises where a folder above may not be entered
        return [path]
    found = photos_below(path)
    if not found:
        print(f"shelfproof: {path} holds no photo (JPEG, PNG or WebP)", file=sys.stderr)
    return found


def read_bytes(file: Path) -> bytes:
    """All bytes of a file. Raises PhotoError before reading one that is too large to be a photo, OSError."""
    size = file.stat().st_size
    if size > BYTES_MAX:
        raise too_large(size)
    return file.read_bytes()
