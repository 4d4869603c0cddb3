"""An auditor's right numbers put into the facts, and what follows from them; pure.

What is not corrected stays as read, as far as that may still be true:

- a number that the reading held possible narrows what it is summed up with, and adds nothing;
- one outside shows that the reading was wrong on at most as many fronts as lie between it and the farther bound. Nobody
  knows which: a front too few was missed, or read under another name or in the wrong place; one too many was none, or
  is another product. So each other count may be wrong by as many, in the direction in which such fronts move it;
- then wholes and parts bound each other again, and a ratio is taken anew from its counts;
- where a cooler stands that was not read, or the other way round, nobody has counted what stands in it.

A fact whose relation to these is not known, such as a count of one row, stays as read while no number given lies
outside what was read; else nothing is known of it any more, and a clause over it needs its number too. Numbers that
cannot agree are refused: the auditor has mistyped, or must correct another one too.
"""

import copy
from collections.abc import Collection, Mapping
from math import inf, isfinite
from types import MappingProxyType
from typing import Any, Literal

from crm.audits.bounds import (
    COMPETITOR,
    INSIDE,
    NEW,
    OWN,
    OWN_INSIDE,
    TOTAL,
    UNKNOWN,
    Bounds,
    Counts,
    RelationError,
    agreeing,
    tighten,
)
from crm.kernel.errors import Invalid
from pipeline.interval import Interval, part_of
from pipeline.numbers import is_number
from pipeline.rules.expression import ExpressionError, paths_read
from pipeline.texts import Said
from pipeline.vocabulary import FACTS, SHELF_POSITIONS, FactError, Names, Parts, is_sku, kind_of, label, read_fact

RATIO_SLACK = 0.005  # people round a share to a percent
COOLERS_MAX = 20  # more than one photo shows; "there is a cooler" says only that there is one at least

_COOLERS, _PRESENT = ("cooler", "count"), ("cooler", "present")
_RATIOS: dict[Parts, tuple[Parts, Parts]] = {
    ("share", "own"): (OWN, TOTAL),
    ("cooler", "purity"): (OWN_INSIDE, INSIDE),
}
_Given = Mapping[Parts, Interval]
_Contents = Literal["as read", "more", "fewer", "none"]


def corrected(
    facts: Mapping[str, Any],
    values: Mapping[str, Any],
    own: Collection[str],
    new: Collection[str],
    others: Collection[str] = (),
    names: Names = MappingProxyType({}),
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The facts with exact `values` at some paths ('facings.own', 'facings.sku["x"]') and what follows from them,
    and what stood at these paths before. `own`, `new`, `others`: SKU codes of the brand, of its launches, and of other
    products in its catalogue; `names`: what they are called where a value is refused.

    Invalid('facts') for an unknown path or a value that no such fact can have; with the code 'unknown_sku' for a SKU
    that neither the catalogue has nor the reading knew, 'facts_contradict' for values that contradict each other, or
    a fact that was not corrected.
    """
    if not values:
        raise Invalid("facts", "give at least one fact with its right value", "请至少填写一项正确的数值")
    listed = set(facts.get("facings", {}).get("sku", {}))
    given: dict[Parts, Interval] = {}
    before: dict[str, Any] = {}
    for path, value in values.items():
        parts = _parts(path, listed.union(own, others))
        read = _at(facts, parts)
        before[path] = read.as_dict() if read is not None else {}  # {}: not measured, as on an unreadable photo
        given[parts] = _exact(parts, value, names)
    made = copy.deepcopy(dict(facts))
    for parts, exact in given.items():
        _put(made, parts, exact)
    contents = _settle_cooler(made, facts, given)
    counts = Counts(listed | {parts[-1] for parts in given if is_sku(parts)}, own, new)
    moved = _settle_counts(made, facts, given, counts, contents, names)
    for path_of_ratio in _RATIOS:
        _settle_ratio(made, facts, path_of_ratio, given, moved)
    if moved or contents != "as read":
        _forget(made, given, {*counts.kinds, *_RATIOS, _COOLERS, _PRESENT, ("rows", "count")})
    return made, before


def _at(facts: Mapping[str, Any], parts: Parts) -> Interval | None:
    try:
        return read_fact(facts, parts)
    except FactError:
        return None


def _forget(made: dict[str, Any], given: _Given, known: Collection[Parts]) -> None:
    """Takes out every fact that is not `known`: it rests on which fronts there are and where, in no known relation."""
    for place in SHELF_POSITIONS:
        made.pop(place, None)
    for parts in FACTS.keys() - known:
        made.get(parts[0], {}).pop(parts[1], None)
    for parts, exact in given.items():
        _put(made, parts, exact)


def _put(facts: dict[str, Any], parts: Parts, value: Interval | None) -> None:
    """Set a fact; None: nothing is known of it any more."""
    for part in parts[:-1]:
        facts = facts.setdefault(part, {})
    if value is None:
        facts.pop(parts[-1], None)
    else:
        facts[parts[-1]] = value.as_dict()


def _settle_cooler(made: dict[str, Any], facts: Mapping[str, Any], given: _Given) -> _Contents:
    """Present or not, and how many; and what that says of the fronts inside, against what was read of them."""
    stands, read, now = _stands(given), _at(facts, _COOLERS), given.get(_COOLERS)
    if stands is None:
        return "as read"
    _put(made, _PRESENT, Interval.exact(stands))
    if now is None and read is not None:
        some = (
            Interval(1, 1, COOLERS_MAX) if read.high < 1 else Interval(max(1, read.low), max(1, read.best), read.high)
        )
        now = some if stands else Interval.exact(0)
        _put(made, _COOLERS, now)
    if not stands:
        return "none"
    if now is None or read is None or now.low > read.high:
        return "more"
    return "fewer" if now.high < read.low else "as read"


def _stands(given: _Given) -> int | None:
    """Whether a cooler stands there by the numbers given, 1 or 0; None where they do not say."""
    said = [(_PRESENT, given[_PRESENT].low)] if _PRESENT in given else []
    if said and said[0][1] > 1:
        raise Invalid(
            "facts",
            "cooler is 1 where one stands, 0 where none does",
            "冰柜：有填 1，没有填 0",
        )
    said += [(_COOLERS, given[_COOLERS].low)] if _COOLERS in given else []
    said += [(each, given[each].low) for each in (INSIDE, OWN_INSIDE) if each in given and given[each].low]
    if not said:
        return None
    if len({min(1, number) for _, number in said}) > 1:
        raise _contradiction(
            " and ".join(f"{label(parts, {})[0]} is {number:g}" for parts, number in said),
            "，".join(f"{label(parts, {})[1]}为 {number:g}" for parts, number in said),
        )
    return int(min(1, said[0][1]))


def _settle_counts(
    made: dict[str, Any], facts: Mapping[str, Any], given: _Given, counts: Counts, contents: _Contents, names: Names
) -> set[Parts]:
    """Put what the numbers given make of all counts of fronts; those that may now lie outside what was read."""
    fixed = {path: value.low for path, value in given.items() if path in counts.kinds}
    if not fixed and contents == "as read":
        return set()
    read = {path: _at(facts, path) for path in counts.kinds}
    # A SKU that the reading does not know was read as none; of any other count that is missing nothing is known.
    unread = {path: (0.0, 0.0 if is_sku(path) else inf) for path, value in read.items() if value is None}
    base, relations = agreeing(
        {path: (x.low, x.high) for path, x in read.items() if x is not None} | unread, counts.relations
    )
    errors = {path: _error(base[path], value) for path, value in fixed.items() if base[path][1] < inf}
    box = counts.spread(base, {path: error for path, error in errors.items() if error})
    box |= {path: _contents(box[path], contents) for path in (INSIDE, OWN_INSIDE)}
    moved = {path for path in box if box[path] != base[path] or errors.get(path)}
    try:
        tight = tighten(box | {path: (value, value) for path, value in fixed.items()}, relations)
    except RelationError as error:
        less, more = _named(error.relation.less, names), _named(error.relation.more, names)
        raise _contradiction(
            f"{less[0]} would be {error.least:g}, and {more[0]} at most {error.most:g}",
            f"{less[1]}应为 {error.least:g}，而{more[1]}最多为 {error.most:g}",
        ) from error
    best = _best(tight, {path: x.best if x is not None else 0 for path, x in read.items()}, fixed, counts)
    for path, (low, high) in tight.items():
        if read[path] is not None or path in fixed or low == high:
            _put(made, path, Interval(low, best[path], high) if isfinite(high) else None)
    return moved


def _error(base: Bounds, right: float) -> float:
    """How many fronts the reading may have had too few (> 0) or too many; 0 where it held the number possible."""
    low, high = base
    return right - low if right > high else right - high if right < low else 0


def _contents(inside: Bounds, now: _Contents) -> Bounds:
    """Bounds of fronts in the cooler, when coolers are known to be more or fewer than was read, or none."""
    low, high = inside
    return {"as read": (low, high), "more": (low, inf), "fewer": (0, high), "none": (0, 0)}[now]


def _best(
    tight: Mapping[Parts, Bounds], read: Mapping[Parts, float], fixed: Collection[Parts], counts: Counts
) -> dict[Parts, float]:
    """Best estimates as read, wholes following their parts: as if what was too few had been missed."""

    def within(path: Parts, value: float) -> float:
        return min(max(value, tight[path][0]), tight[path][1])

    best = {path: within(path, value) for path, value in read.items()}
    sums: list[tuple[Parts, tuple[Parts, ...]]] = [
        (OWN, counts.own_skus),
        (NEW, counts.new_skus),
        (COMPETITOR, counts.other_skus),
        (INSIDE, (OWN_INSIDE,)),
        (TOTAL, (OWN, COMPETITOR, UNKNOWN)),
    ]
    for whole, parts in sums:
        if whole not in fixed:
            best[whole] = within(whole, read[whole] + sum(best[each] - read[each] for each in parts))
    if TOTAL in fixed and UNKNOWN not in fixed:  # fronts that nobody has named
        best[UNKNOWN] = within(UNKNOWN, best[TOTAL] - best[OWN] - best[COMPETITOR])
    return best


def _settle_ratio(
    made: dict[str, Any], facts: Mapping[str, Any], path: Parts, given: _Given, moved: set[Parts]
) -> None:
    """A ratio follows from its counts, where they changed; one that the auditor gave must agree with them."""
    of = _RATIOS[path]
    counted, among = (_at(made, each) for each in of)
    if counted is None or among is None:
        return
    if path not in given and (counted, among) == tuple(_at(facts, each) for each in of) and not moved.intersection(of):
        return
    implied = part_of(counted, among)
    if path not in given:
        read = _at(facts, path)
        _put(made, path, implied if read is None or moved.intersection(of) else _both(implied, read))
        return
    right = given[path].low
    if not implied.low - RATIO_SLACK <= right <= implied.high + RATIO_SLACK:
        bounds = [f"{implied.low:.3g} {to} {implied.high:.3g}" for to in ("to", "至")]
        en, zh = label(path, {})
        raise _contradiction(
            f"{en} is {right:.3g}, and its counts make it {bounds[0]}", f"{zh}为 {right:.3g}，而其计数得出 {bounds[1]}"
        )


def _both(implied: Interval, read: Interval) -> Interval:
    """What lies in both; `implied` where nothing does."""
    low, high = max(implied.low, read.low), min(implied.high, read.high)
    return Interval(low, min(max(implied.best, low), high), high) if low <= high else implied


def _named(paths: Collection[Parts], names: Names) -> Said:
    first, more = [label(path, names) for path in list(paths)[:3]], len(paths) - 3
    first += [(f"{more} more", f"另外 {more} 项")] if more > 0 else []
    return " and ".join(en for en, _ in first), "与".join(zh for _, zh in first)


def _contradiction(en: str, zh: str) -> Invalid:
    return Invalid(
        "facts", f"{en}: correct what is wrong of these", f"{zh}：请修正其中有误的数值", code="facts_contradict"
    )


def _parts(path: str, known: Collection[str]) -> Parts:
    try:
        parts = paths_read(path)
    except ExpressionError as error:
        raise Invalid("facts", f"{path!r} is not a fact: {error}", f"{path!r} 不是识别项：{error.zh}") from error
    if len(parts) != 1 or kind_of(parts[0]) is None:
        raise Invalid(
            "facts",
            f"{path!r} is not a fact: give a path such as facings.own",
            f"{path!r} 不是识别项：请填写路径，例如 facings.own",
        )
    if is_sku(parts[0]) and parts[0][-1] not in known:
        raise Invalid(
            "facts",
            f"{path}: the catalogue has no product with this code: enter the product first, or correct its code",
            f"{path}：产品目录中没有该编码，请先录入产品或更正编码",
            code="unknown_sku",
        )
    return parts[0]


def _exact(parts: Parts, value: Any, names: Names) -> Interval:
    en, zh = label(parts, names)
    if not is_number(value) or value < 0:
        raise Invalid("facts", f"{en}: give a number from 0 up", f"{zh}须为不小于 0 的数")
    if kind_of(parts) == "count" and value != int(value):
        raise Invalid("facts", f"{en} is a count: give a whole number", f"{zh}是计数：请填写整数")
    if kind_of(parts) == "ratio" and value > 1:
        raise Invalid("facts", f"{en} is a ratio: give 0 to 1", f"{zh}是比例：请填写 0 至 1")
    return Interval.exact(int(value) if kind_of(parts) == "count" else float(value))
