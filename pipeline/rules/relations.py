"""What holds between the facts of any display, whatever stands there: so that rules cannot ask for what none shows."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from pipeline.interval import Interval
from pipeline.vocabulary import ROWS_MAX, SHELF_POSITIONS, SKU_PREFIX, Parts, is_sku

_FACINGS = ("own", "competitor", "unknown")
_WHOLES: dict[Parts, tuple[Parts, ...]] = {
    **{("facings", part): (("facings", "total"),) for part in (*_FACINGS, "columns")},
    ("facings", "new"): (("facings", "own"),),
    ("facings", "own_columns"): (("facings", "own"), ("facings", "columns")),
    ("facings", "total"): (("facings", "with_empty"),),
    ("rows", "empty"): (("facings", "with_empty"),),
    ("cooler", "present"): (("cooler", "count"),),
    ("cooler", "facings"): (("facings", "total"),),
    ("cooler", "outside"): (("facings", "total"),),
    ("cooler", "own_facings"): (("facings", "own"), ("cooler", "facings")),
    ("cooler", "filled"): (("cooler", "facings"), ("cooler", "slots")),
    ("cooler", "empty"): (("cooler", "slots"),),
}
"""What a count is a part of."""

_SUMS: tuple[tuple[tuple[Parts, ...], Parts], ...] = (
    (tuple(("facings", part) for part in _FACINGS), ("facings", "total")),
    ((("cooler", "facings"), ("cooler", "outside")), ("facings", "total")),
    ((("cooler", "filled"), ("cooler", "empty")), ("cooler", "slots")),
    *(
        (tuple((f"row{number}", part) for number in range(1, ROWS_MAX + 1)), ("facings", part))
        for part in ("total", "own", "new")
    ),
)
"""Counts that have nothing in common, and what they are parts of."""

_SCENES: tuple[Parts, ...] = (("scene", "cooler"), ("scene", "rack"), ("scene", "other"))


@dataclass(frozen=True, slots=True)
class AtMost:
    """The counts `parts` are together at most `whole`; at most 1 where that is None."""

    parts: tuple[Parts, ...]
    whole: Parts | None

    def allows(self, point: Mapping[Parts, float]) -> bool:
        """Whether it holds for these values."""
        return sum(point[part] for part in self.parts) <= (1 if self.whole is None else point[self.whole])

    def is_possible(self, within: Mapping[Parts, Interval]) -> bool:
        """Whether it can hold while each fact lies in its interval."""
        least = sum(within[part].low for part in self.parts)
        return least <= (1 if self.whole is None else within[self.whole].high)


def relations_of(paths: Collection[Parts]) -> list[AtMost]:
    """All that is known between these facts alone. What is known of a sum is known of each smaller one."""
    found = [AtMost((path,), whole) for path in paths for whole in _all_wholes(path) if whole in paths]
    skus = tuple(path for path in paths if path[:2] == SKU_PREFIX)
    for parts, whole in (*_SUMS, (skus, ("facings", "total"))):
        there = tuple(part for part in parts if part in paths)
        if len(there) > 1 and whole in paths:
            found.append(AtMost(there, whole))
    scenes = tuple(scene for scene in _SCENES if scene in paths)
    return [*found, AtMost(scenes, None)] if len(scenes) > 1 else found


def _all_wholes(path: Parts) -> set[Parts]:
    found: set[Parts] = set()
    waiting = [path]
    while waiting:
        for whole in _wholes(waiting.pop()):
            if whole not in found:
                found.add(whole)
                waiting.append(whole)
    return found


def _wholes(path: Parts) -> Iterator[Parts]:
    """What the count is directly a part of."""
    yield from _WHOLES.get(path, ())
    group, *rest = path
    if is_sku(path):
        yield (group, "total")
        if group in SHELF_POSITIONS:
            yield (*SKU_PREFIX, path[2])
    elif group in SHELF_POSITIONS:
        yield from ((group, whole) for part, whole in (("new", "own"), ("own", "total")) if rest == [part])
        yield ("facings", *rest)
    if group in SHELF_POSITIONS and group[:3] in ("row", "top"):
        last = int(group[3:])
        yield from ((f"top{number}", *rest) for number in range(max(2, last), ROWS_MAX + 1) if f"top{number}" != group)
