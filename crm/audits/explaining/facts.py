"""Stored facts (nested, leaves `{low, best, high}`) as facts with a path, a kind and a name; pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from crm.audits.told import FactKind, FactTold, Range
from pipeline.interval import OPEN
from pipeline.texts import Text
from pipeline.vocabulary import FLAGS, SHELF_POSITIONS, UNLISTED, Names, Parts, is_sku, kind_of, label, path_text

_LEAF = frozenset({"low", "best", "high"})


def facts_told(facts: Mapping[str, Any], names: Names) -> dict[str, FactTold]:
    """All facts by their paths, in their order, but the counts of SKUs that are surely not there, of which a gallery
    may have hundreds; `names`: of the SKUs by code."""
    return {path_text(parts): fact_told(parts, leaf, names) for parts, leaf in _leaves(facts)}


def ranges_of(facts: Mapping[str, Any]) -> dict[str, Range]:
    """The numbers of the same facts alone, by their paths."""
    return {path_text(parts): Range(**_bounds(leaf)) for parts, leaf in _leaves(facts)}


def fact_told(parts: Parts, leaf: Mapping[str, Any], names: Names) -> FactTold:
    """The fact at a path. One that the vocabulary no longer has is called by its path."""
    path = path_text(parts)
    name = label(parts, names) if kind_of(parts) else (path, path)
    position = parts[0] if parts[0] in SHELF_POSITIONS else None
    return FactTold(
        **_bounds(leaf),
        kind=fact_kind(parts),
        name=Text(*name),
        sku=parts[2] if is_sku(parts) else None,
        shelf_position=position,
        is_main=not is_sku(parts) and parts[-1] != UNLISTED and not _is_bare_row(position, leaf),
    )


def fact_kind(parts: Parts) -> FactKind:
    """What the numbers of a fact mean."""
    return "share" if kind_of(parts) == "ratio" else "presence" if parts in FLAGS else "count"


def _is_bare_row(position: str | None, leaf: Mapping[str, Any]) -> bool:
    """Whether it counts fronts of rows on which none is likely: below a top that is not in the picture every row may
    hold some. Which shelf is at eye level is a question of its own."""
    return position not in (None, "eye_level") and leaf["low"] == leaf["best"] == 0


def _bounds(leaf: Mapping[str, Any]) -> dict[str, Any]:
    low, best, high = (leaf[name] for name in ("low", "best", "high"))
    return {"low": low, "best": best, "high": high, "is_open": high >= OPEN}


def _leaves(facts: Mapping[str, Any], before: Parts = ()) -> Iterator[tuple[Parts, Mapping[str, Any]]]:
    for name, node in facts.items():
        if not isinstance(node, Mapping):
            continue
        parts = (*before, name)
        if node.keys() >= _LEAF and not isinstance(node["best"], Mapping):
            if node["high"] > 0 or not is_sku(parts):
                yield parts, node
        else:
            yield from _leaves(node, parts)
