"""The facts that a rule may read: path, kind and name for people.

A path is written as in an expression, `share.own`, `facings.sku["7up-chai"]`; a SKU's code always stands in
brackets and double quotes, so that one fact has one spelling. Counts by shelf position have the same leaves for each:
`row2.new`, `top2.sku["7up-chai"]` (rows 1 and 2), `eye_level.own`.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

from pipeline.interval import Interval

Kind = Literal["count", "ratio"]
Names = Mapping[str, Mapping[str, str]]
"""Names of SKUs by code: `{"7up-chai": {"en": "7UP bottle", "zh": "七喜瓶装"}}`."""

Parts = tuple[str, ...]

SKU_PREFIX: Parts = ("facings", "sku")
"""Where the counts of all SKUs stand; a shelf position has only those of SKUs that may be there."""

ROWS_MAX = 6
"""Rows that have facts of their own, from the top."""

SHELF_POSITIONS: dict[str, tuple[str, str]] = {
    **{f"row{number}": (f"row {number}", f"第 {number} 层") for number in range(1, ROWS_MAX + 1)},
    **{f"top{number}": (f"rows 1 to {number}", f"第 1–{number} 层") for number in range(2, ROWS_MAX + 1)},
    "eye_level": ("eye level", "视平层"),
}
"""Shelf positions, whose fronts are counted by themselves: the first part of a path, and its name."""

UNLISTED = "unlisted"
"""Of a shelf position: fronts that may be of a SKU that it does not list: none, unless part of the photo is hidden."""

FACTS: dict[Parts, tuple[Kind, str, str]] = {
    ("facings", "total"): ("count", "All fronts", "全部排面"),
    ("facings", "own"): ("count", "Own fronts", "本品排面"),
    ("facings", "competitor"): ("count", "Competitors' fronts", "竞品排面"),
    ("facings", "unknown"): ("count", "Unrecognised fronts", "未识别排面"),
    ("facings", "new"): ("count", "Fronts of new products", "新品排面"),
    ("facings", "columns"): ("count", "Fronts, a stack as one", "排面（叠放计一个）"),
    ("facings", "own_columns"): ("count", "Own fronts, a stack as one", "本品排面（叠放计一个）"),
    ("facings", "with_empty"): ("count", "Fronts and empty slots", "排面和空位"),
    ("share", "own"): ("ratio", "Share of shelf", "排面占比"),
    ("share", "own_with_empty"): ("ratio", "Share of shelf, empty slots counted", "排面占比（含空位）"),
    ("share", "linear_own"): ("ratio", "Linear share of shelf", "长度占比"),
    ("cooler", "present"): ("count", "Cooler", "冰柜"),
    ("cooler", "count"): ("count", "Coolers", "冰柜数量"),
    ("cooler", "facings"): ("count", "Fronts in the cooler", "冰柜内排面"),
    ("cooler", "outside"): ("count", "Fronts outside the cooler", "冰柜外排面"),
    ("cooler", "own_facings"): ("count", "Own fronts in the cooler", "冰柜内本品排面"),
    ("cooler", "purity"): ("ratio", "Purity of the cooler", "冰柜纯净度"),
    ("cooler", "filled"): ("count", "Filled slots of the cooler", "冰柜内有货位"),
    ("cooler", "empty"): ("count", "Empty slots of the cooler", "冰柜内空位"),
    ("cooler", "slots"): ("count", "Slots of the cooler", "冰柜货位"),
    ("cooler", "fill"): ("ratio", "Fill rate of the cooler", "冰柜满陈率"),
    ("rows", "count"): ("count", "Shelf rows", "货架层数"),
    ("rows", "empty"): ("count", "Empty slots", "空位"),
    ("scene", "cooler"): ("count", "Display in a cooler", "冰柜陈列"),
    ("scene", "rack"): ("count", "Display on a rack", "货架陈列"),
    ("scene", "other"): ("count", "No display", "无陈列"),
}
FACTS |= {
    (position, part): ("count", f"{name_en} on {en}", f"{zh}{name_zh}")
    for position, (en, zh) in SHELF_POSITIONS.items()
    for part, name_en, name_zh in (
        ("total", "Fronts", "排面"), ("own", "Own fronts", "本品排面"), ("new", "Fronts of new products", "新品排面"),
        (UNLISTED, "Fronts of any SKU not listed", "未列出单品排面"),
    )
}  # fmt: skip

FLAGS: frozenset[Parts] = frozenset({("cooler", "present"), *(("scene", kind) for kind in ("cooler", "rack", "other"))})
"""Counts that are 0 or 1: so or not so."""


FRONTS_MAX = 2_000
"""No display that is photographed shows more fronts, or slots for them; a greater number in a rule is a slip."""

_MOST: dict[Parts, int] = {("rows", "count"): 50, ("cooler", "count"): 50, **dict.fromkeys(FLAGS, 1)}


class FactError(ValueError):
    """A fact is absent or is no interval of its kind; `en` and `zh` say which."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.en, self.zh = en, zh


def is_sku(parts: Parts) -> bool:
    """Whether the path names the fronts of one SKU, anywhere or on a shelf position."""
    return len(parts) == 3 and has_skus(parts[:2])


def has_skus(parts: Parts) -> bool:
    """Whether the path is what holds the counts of SKUs."""
    return parts == SKU_PREFIX or (len(parts) == 2 and parts[0] in SHELF_POSITIONS and parts[1] == "sku")


@lru_cache(maxsize=4096)  # asked hundreds of times for a display, always of the same paths
def kind_of(parts: Parts) -> Kind | None:
    """'count', 'ratio', or None for a path that is no fact."""
    if is_sku(parts):
        return "count"
    known = FACTS.get(parts)
    return known[0] if known else None


def range_of(parts: Parts) -> Interval:
    """All values that a fact may have on any photo: a ratio 0 to 1, what is so or not so 0 or 1, a count whole numbers
    from 0 up to a number that no photo reaches."""
    if kind_of(parts) == "ratio":
        return Interval(0.0, 0.0, 1.0)
    return Interval(0, 0, _MOST.get(parts, FRONTS_MAX))


def path_text(parts: Parts) -> str:
    """The one spelling of a path."""
    if has_skus(parts[:2]):
        return ".".join(parts[:2]) + "".join(f'["{part}"]' for part in parts[2:])
    return ".".join(parts)


def label(parts: Parts, names: Names) -> tuple[str, str]:
    """The name of a fact in English and Chinese; a SKU without a name in `names` is called by its code."""
    if is_sku(parts):
        code = parts[2]
        name = names.get(code, {})
        en, zh = name.get("en") or code, name.get("zh") or name.get("en") or code
        position = SHELF_POSITIONS.get(parts[0])
        return (f"{en} on {position[0]}", f"{position[1]} {zh}") if position else (en, zh)
    _kind, en, zh = FACTS[parts]
    return en, zh


def read_fact(facts: Mapping[str, Any], parts: Parts) -> Interval:
    """The interval at a path of the nested facts; FactError where it is absent, unknown or malformed.

    A known SKU that a shelf position does not list has as many fronts there as `unlisted` says.
    """
    kind = kind_of(parts)
    if kind is None:
        raise FactError(f"{path_text(parts)} is not a fact", f"{path_text(parts)} 不是识别项")
    node = _at(facts, parts)
    if node is None:
        if is_measured(facts, parts):
            return read_fact(facts, (parts[0], UNLISTED))
        en, zh = label(parts, {})
        raise FactError(f"not measured: {en}", f"未测得：{zh}")
    if not _is_mapping(node):
        en, zh = label(parts, {})
        raise FactError(f"{en} is not an interval", f"{zh}不是区间")
    try:
        interval = Interval.from_dict(node)
    except ValueError as error:
        en, zh = label(parts, {})
        raise FactError(f"{en}: {error}", f"{zh}的区间无效") from error
    if kind == "count" and (interval.low < 0 or interval.low % 1 or interval.high % 1):
        en, zh = label(parts, {})
        raise FactError(f"{en} is a count and needs whole bounds from 0 up", f"{zh}是计数，上下限须为不小于 0 的整数")
    if kind == "ratio" and not 0 <= interval.low <= interval.high <= 1:
        en, zh = label(parts, {})
        raise FactError(f"{en} is a ratio and lies in 0..1", f"{zh}是比例，须在 0 至 1 之间")
    return interval


def is_measured(facts: Mapping[str, Any], parts: Parts) -> bool:
    """Whether something stands at a path of the nested facts; or could, for a known SKU on a shelf position."""
    if _at(facts, parts) is not None:
        return True
    on_position = is_sku(parts) and parts[:2] != SKU_PREFIX
    return on_position and _at(facts, parts[:2]) is not None and _at(facts, (*SKU_PREFIX, parts[2])) is not None


def _at(facts: Mapping[str, Any], parts: Parts) -> Any:
    """What stands at a path; None where nothing does."""
    node: Any = facts
    for part in parts:
        if not _is_mapping(node) or part not in node:
            return None
        node = node[part]
    return node


def _is_mapping(node: Any) -> bool:
    return type(node) is dict or isinstance(node, Mapping)  # the first is nearly always so, and ten times as fast
