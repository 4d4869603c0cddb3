"""Which files of a folder are photos: by name where it is one of ours, else by the first bytes.

What only looks like a photo, such as HEIC, counts as one: whoever reads it says why it cannot be used. What systems
leave beside photos (macOS `._a.jpg` and `__MACOSX`, `.DS_Store`, `Thumbs.db`) does not.
"""

from pathlib import Path

ACCEPTED_SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp"})
FOREIGN_SUFFIXES = frozenset(
    {".heic", ".heif", ".hif", ".avif", ".gif", ".bmp", ".tif", ".tiff", ".jxl", ".jp2", ".dng", ".cr2", ".cr3", ".nef"}
)
_LEFT_BY_SYSTEMS = frozenset({"__macosx", "thumbs.db", "desktop.ini", "@eadir"})


def photos_below(folder: Path) -> list[Path]:
    """The photos of a folder and its sub-folders, sorted, hidden ones left out. Raises OSError."""
    found = (file for file in folder.rglob("*") if not _is_left(file.relative_to(folder)) and file.is_file())
    return sorted(file for file in found if looks_like_photo(file))


def looks_like_photo(file: Path) -> bool:
    """By the name, and where that is another, or missing, by the first bytes."""
    return file.suffix.lower() in ACCEPTED_SUFFIXES | FOREIGN_SUFFIXES or is_accepted(_head(file))


def is_accepted(head: bytes) -> bool:
    """Whether the first bytes of a file, 12 or more, are of a format that is read: JPEG, PNG or WebP."""
    return head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


def is_foreign(file: Path) -> bool:
    """Whether a photo is of a format that nothing here reads; a JPEG that a phone named .HEIC is read."""
    return file.suffix.lower() in FOREIGN_SUFFIXES and not is_accepted(_head(file))


def _is_left(path: Path) -> bool:
    return any(part.startswith(".") or part.lower() in _LEFT_BY_SYSTEMS for part in path.parts)


def _head(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(12)
    except OSError:
        return b""  # whoever opens it by its name says why it cannot be read
