"""The facts that a rule may read: path, kind and name for people.

A path is written as in an expression, `share.own`, `facings.sku["7up-chai"]`; a SKU's code always stands in
brackets and double quotes, so that one fact has one spelling.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pipeline.interval import Interval

Kind = Literal["count", "ratio"]
Names = Mapping[str, Mapping[str, str]]
"""Names of SKUs by code: `{"7up-chai": {"en": "7UP bottle", "zh": "七喜瓶装"}}`."""

Parts = tuple[str, ...]

SKU_PREFIX: Parts = ("facings", "sku")

FACTS: dict[Parts, tuple[Kind, str, str]] = {
    ("facings", "total"): ("count", "All fronts", "全部排面"),
    ("facings", "own"): ("count", "Own fronts", "本品排面"),
    ("facings", "competitor"): ("count", "Competitors' fronts", "竞品排面"),
    ("facings", "unknown"): ("count", "Unrecognised fronts", "未识别排面"),
    ("facings", "new"): ("count", "Fronts of new products", "新品排面"),
    ("share", "own"): ("ratio", "Share of shelf", "排面占比"),
    ("cooler", "present"): ("count", "Cooler", "冰柜"),
    ("cooler", "count"): ("count", "Coolers", "冰柜数量"),
    ("cooler", "facings"): ("count", "Fronts in the cooler", "冰柜内排面"),
    ("cooler", "own_facings"): ("count", "Own fronts in the cooler", "冰柜内本品排面"),
    ("cooler", "purity"): ("ratio", "Purity of the cooler", "冰柜纯净度"),
    ("rows", "count"): ("count", "Shelf rows", "货架层数"),
}


class FactError(ValueError):
    """A fact is absent or is no interval of its kind."""


def is_sku(parts: Parts) -> bool:
    """Whether the path names the fronts of one SKU."""
    return len(parts) == 3 and parts[:2] == SKU_PREFIX


def kind_of(parts: Parts) -> Kind | None:
    """'count', 'ratio', or None for a path that is no fact."""
    if is_sku(parts):
        return "count"
    known = FACTS.get(parts)
    return known[0] if known else None


def path_text(parts: Parts) -> str:
    """The one spelling of a path."""
    if parts[:2] == SKU_PREFIX:
        return ".".join(SKU_PREFIX) + "".join(f'["{part}"]' for part in parts[2:])
    return ".".join(parts)


def label(parts: Parts, names: Names) -> tuple[str, str]:
    """The name of a fact in English and Chinese; a SKU without a name in `names` is called by its code."""
    if is_sku(parts):
        code = parts[2]
        name = names.get(code, {})
        return name.get("en") or code, name.get("zh") or name.get("en") or code
    _kind, en, zh = FACTS[parts]
    return en, zh


def read_fact(facts: Mapping[str, Any], parts: Parts) -> Interval:
    """The interval at a path of the nested facts; FactError where it is absent, unknown or malformed."""
    kind = kind_of(parts)
    if kind is None:
        raise FactError(f"{path_text(parts)} is not a fact")
    node: Any = facts
    for part in parts:
        if not isinstance(node, Mapping) or part not in node:
            raise FactError(f"{path_text(parts)} was not measured")
        node = node[part]
    if not isinstance(node, Mapping):
        raise FactError(f"{path_text(parts)} is not an interval")
    try:
        interval = Interval.from_dict(node)
    except ValueError as error:
        raise FactError(f"{path_text(parts)}: {error}") from error
    if kind == "count" and (interval.low < 0 or interval.low % 1 or interval.high % 1):
        raise FactError(f"{path_text(parts)} is a count and needs whole bounds from 0 up")
    if kind == "ratio" and not 0 <= interval.low <= interval.high <= 1:
        raise FactError(f"{path_text(parts)} is a ratio and lies in 0..1")
    return interval
