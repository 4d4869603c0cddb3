"""Orientation, time and position from an EXIF structure: read once, and nothing else is kept.

Tag numbers and types: EXIF 2.32. Whatever is malformed counts as absent.
"""

import re
import struct
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

_ORIENTATION, _EXIF_IFD, _GPS_IFD = 0x0112, 0x8769, 0x8825
# Each time with its offset, the one of the shot first: taken, digitised, the file last changed.
_TIMES = ((0x9003, 0x9011), (0x9004, 0x9012), (0x0132, 0x9010))
_YEARS = range(1900, 2200)  # beyond, a clock that was never set; at the calendar's ends no offset can be applied
_OFFSET = re.compile(r"([+-])(0\d|1[0-4]):([0-5]\d)", re.ASCII)  # clocks on earth are at most 14 hours off
_ENTRIES_MAX = 200
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8}

Value = int | str | list[float]


@dataclass(frozen=True)
class Exif:
    """orientation: 1..8. taken_at: the camera's clock, without a zone; offset: of that clock from UTC, where the file
    tells it. gps: (latitude, longitude) in degrees."""

    orientation: int = 1
    taken_at: datetime | None = None
    offset: timezone | None = None
    gps: tuple[float, float] | None = None


def read_exif(tiff: bytes) -> Exif:
    """Never raises: absent or malformed parts are left at their defaults."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return Exif()
    try:
        (first,) = struct.unpack_from(order + "I", tiff, 4)
    except struct.error:
        return Exif()
    main = _directory(tiff, first, order)
    detail = _sub_directory(tiff, main.get(_EXIF_IFD), order)
    orientation = main.get(_ORIENTATION)
    return Exif(
        orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1,
        *_taken(main | detail),
        _position(_sub_directory(tiff, main.get(_GPS_IFD), order)),
    )


def _sub_directory(tiff: bytes, offset: Value | None, order: str) -> dict[int, Value]:
    return _directory(tiff, offset, order) if isinstance(offset, int) else {}


def _directory(tiff: bytes, offset: int, order: str) -> dict[int, Value]:
    found: dict[int, Value] = {}
    try:
        (count,) = struct.unpack_from(order + "H", tiff, offset)
        for number in range(min(count, _ENTRIES_MAX)):
            tag, kind, items = struct.unpack_from(order + "HHI", tiff, offset + 2 + 12 * number)
            at, size = offset + 10 + 12 * number, _SIZES.get(kind, 0) * items
            if not 0 < size <= 256:
                continue
            if size > 4:
                (at,) = struct.unpack_from(order + "I", tiff, at)
            if (value := _value(tiff, at, kind, items, order)) is not None:
                found[tag] = value
    except struct.error:
        pass  # what was read so far stands
    return found


def _value(tiff: bytes, at: int, kind: int, items: int, order: str) -> Value | None:
    if kind == 2:
        return tiff[at : at + items].split(b"\0")[0].decode("ascii", "replace")
    if kind in (3, 4) and items == 1:
        return int(struct.unpack_from(order + ("H" if kind == 3 else "I"), tiff, at)[0])
    if kind == 5:
        pairs = struct.unpack_from(order + "II" * items, tiff, at)
        if all(pairs[1::2]):
            return [above / below for above, below in zip(pairs[::2], pairs[1::2], strict=True)]
    return None


def _taken(entries: dict[int, Value]) -> tuple[datetime | None, timezone | None]:
    """The first time that is one, and its offset; where it has none, that of another time that reads the same."""
    times = [(_time(entries.get(time)), _offset(entries.get(offset))) for time, offset in _TIMES]
    taken_at = next((time for time, _ in times if time is not None), None)
    return taken_at, next((offset for time, offset in times if offset and time and time == taken_at), None)


def _time(text: Value | None) -> datetime | None:
    try:
        time = datetime.strptime(str(text).strip(), "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
    return time if time.year in _YEARS else None


def _offset(text: Value | None) -> timezone | None:
    found = _OFFSET.fullmatch(str(text).strip())
    if found is None:
        return None
    ahead = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(-ahead if found[1] == "-" else ahead) if ahead <= timedelta(hours=14) else None


def _position(entries: dict[int, Value]) -> tuple[float, float] | None:
    degrees = []
    for sides, reference, value, limit in (("NS", 1, 2, 90), ("EW", 3, 4, 180)):
        side, parts = entries.get(reference), entries.get(value)
        if not (isinstance(side, str) and isinstance(parts, list) and len(parts) == 3):
            return None
        angle = parts[0] + parts[1] / 60 + parts[2] / 3600
        if side not in tuple(sides) or angle > limit:
            return None
        degrees.append(-angle if side == sides[1] else angle)
    # 0, 0 is what a device writes that knows no position
    return (degrees[0], degrees[1]) if any(degrees) else None
