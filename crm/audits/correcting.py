"""An auditor's right numbers put into the facts, and what follows from them; pure.

What is not corrected stays as read, as far as it agrees with what is:

- a whole (own fronts of the SKUs, all fronts of own, competitors' and unknown, fronts in the cooler) whose part was
  corrected to a number that the reading held possible only narrows; to one outside, it is that number and the rest
  as read;
- a part is never more than its whole: one that was not corrected goes down with it;
- where all fronts are more than their parts, the others are unknown ones;
- a ratio is taken anew from its counts; without a cooler there are no fronts in one.

Numbers that cannot agree are refused: the auditor has mistyped, or must correct another one too.
"""

import copy
from collections.abc import Collection, Mapping
from math import inf, isfinite
from typing import Any

from crm.errors import Invalid
from pipeline.expression import ExpressionError, paths_read
from pipeline.interval import Interval, ratio
from pipeline.vocabulary import SKU_PREFIX, FactError, Parts, kind_of, path_text, read_fact

RATIO_SLACK = 0.005  # people round a share to a percent

_TOTAL, _OWN, _NEW = ("facings", "total"), ("facings", "own"), ("facings", "new")
_COMPETITOR, _UNKNOWN = ("facings", "competitor"), ("facings", "unknown")
_COOLERS, _PRESENT = ("cooler", "count"), ("cooler", "present")
_INSIDE, _OWN_INSIDE = ("cooler", "facings"), ("cooler", "own_facings")
_RATIOS: dict[Parts, tuple[Parts, Parts]] = {
    ("share", "own"): (_OWN, _TOTAL),
    ("cooler", "purity"): (_OWN_INSIDE, _INSIDE),
}
# Wholes and parts of which one front may be in two.
_BOUNDED = ((_TOTAL, (_NEW, _INSIDE)), (_OWN, (_OWN_INSIDE,)), (_INSIDE, (_OWN_INSIDE,)))


def corrected(
    facts: Mapping[str, Any], values: Mapping[str, Any], own: Collection[str], new: Collection[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The facts with exact `values` at some paths ('facings.own', 'facings.sku["x"]') and what follows from them,
    and what stood at these paths before. `own`, `new`: SKU codes of the brand, and those of its launches.

    Invalid('facts') for an unknown path or a value that no such fact can have; with the code 'facts_contradict' for
    values that contradict each other, or a fact that was not corrected.
    """
    if not values:
        raise Invalid("facts", "give at least one fact with its right value")
    book = _Book(facts)
    before: dict[str, Any] = {}
    for path, value in values.items():
        parts = _parts(path)
        read = book.get(parts)
        before[path] = read.as_dict() if read is not None else {}  # {}: not measured, as on an unreadable photo
        exact = _exact(path, parts, value)
        if exact.low not in (read or Interval.exact(0)):
            book.refuted.add(parts)
        book.put(parts, exact)
        book.fixed.add(parts)
        book.least[parts] = exact.low
    sums = _sums(book, frozenset(own), frozenset(new))
    _settle_cooler(book)
    _raise_whole(book, _INSIDE, [_OWN_INSIDE], False)
    for whole, members in sums:
        _raise_whole(book, whole, members, True)
    _fill_with_unknown(book)
    *inner, outer = sums
    _bound_parts(book, *outer, exclusive=True)
    for whole, some in _BOUNDED:
        _bound_parts(book, whole, some, exclusive=False)
    for whole, members in inner:
        _bound_parts(book, whole, members, exclusive=True)
    for path_of_ratio, (part, whole) in _RATIOS.items():
        _settle_ratio(book, path_of_ratio, part, whole)
    return book.facts, before


class _Book:
    """Facts that are being corrected: as they were read, as they are now, and those that the auditor gave."""

    def __init__(self, read: Mapping[str, Any]) -> None:
        self.read, self.facts = read, copy.deepcopy(dict(read))
        self.fixed: set[Parts] = set()
        self.refuted: set[Parts] = set()  # of which the reading has turned out wrong
        self.least: dict[Parts, float] = {}  # what the numbers given make of a fact at least

    def get(self, parts: Parts) -> Interval | None:
        return _at(self.facts, parts)

    def was(self, parts: Parts) -> Interval | None:
        return _at(self.read, parts)

    def put(self, parts: Parts, value: Interval) -> None:
        node = self.facts
        for part in parts[:-1]:
            node = node.setdefault(part, {})
        node[parts[-1]] = value.as_dict()

    def has_changed(self, *paths: Parts) -> bool:
        return any(self.get(path) != self.was(path) for path in paths)


def _at(facts: Mapping[str, Any], parts: Parts) -> Interval | None:
    try:
        return read_fact(facts, parts)
    except FactError:
        return None


def _sums(book: _Book, own: frozenset[str], new: frozenset[str]) -> list[tuple[Parts, list[Parts]]]:
    """Wholes, and the facts that they sum up; all fronts last."""
    codes = book.facts.get("facings", {}).get("sku", {})
    of_own = [(*SKU_PREFIX, code) for code in codes if code in own]
    of_others = [(*SKU_PREFIX, code) for code in codes if code not in own]
    return [
        (_OWN, of_own),
        (_COMPETITOR, of_others),
        (_NEW, [(*SKU_PREFIX, code) for code in codes if code in new]),
        (_TOTAL, [_OWN, _COMPETITOR, _UNKNOWN]),
    ]


def _raise_whole(book: _Book, whole: Parts, members: list[Parts], complete: bool) -> None:
    """A whole that the auditor did not give follows its members, where one of them changed."""
    if whole in book.fixed:
        return
    book.least[whole] = sum(book.least.get(each, 0) for each in members)
    if not book.has_changed(*members):
        return
    now = [book.get(each) for each in members]
    known = [each for each in now if each is not None]
    low, best, high = (sum(values) for values in zip(*((x.low, x.best, x.high) for x in known), strict=True))
    value = book.get(whole)
    if value is None:  # of an unreadable photo; its SKUs are those that the auditor named, and not all
        if whole == _TOTAL and len(known) == len(members):
            book.put(whole, Interval(low, best, high))
        return
    read = [book.was(each) for each in members]
    if not complete or sum(each.high for each in read if each is not None) < value.high:
        high = inf  # there is more in it than these
    for each, was, member in zip(members, read, now, strict=True):
        if each in book.refuted and member is not None:
            value = _replaced(value, was or Interval.exact(0), member)
            book.refuted.add(whole)
    book.put(whole, _within(value, low, high))


def _replaced(whole: Interval, was: Interval, now: Interval) -> Interval:
    """The rest of the whole as read, and the part as it is now; or the whole as read.

    Nobody knows whether a front that the reading held for another part was there under another name or was missed.
    """
    low, high = max(0, whole.low - was.high) + now.low, max(0, whole.high - was.low) + now.high
    low, high = max(now.low, min(low, whole.low)), max(high, whole.high)
    return Interval(low, min(max(max(0, whole.best - was.best) + now.best, low), high), high)


def _within(value: Interval, low: float, high: float) -> Interval:
    """What of `value` lies in low..high; the nearer of these bounds where nothing does."""
    low, high = min(max(value.low, low), high), max(min(value.high, high), low)
    return Interval(low, min(max(value.best, low), high), high)


def _fill_with_unknown(book: _Book) -> None:
    """All fronts as the auditor counted them may be more than those that have an owner."""
    total, own, others, unknown = (book.get(each) for each in (_TOTAL, _OWN, _COMPETITOR, _UNKNOWN))
    if _TOTAL not in book.fixed or total is None or own is None or others is None or unknown is None:
        return
    missing = total.low - own.high - others.high - unknown.high
    if missing <= 0:
        return
    if _UNKNOWN in book.fixed:
        raise _contradiction(f"own, competitors' and unknown fronts are {missing:g} fewer than all fronts")
    low, high = total.low - own.high - others.high, total.low - own.low - others.low
    book.put(_UNKNOWN, Interval(low, min(max(total.low - own.best - others.best, low), high), high))


def _bound_parts(book: _Book, whole: Parts, members: Collection[Parts], exclusive: bool) -> None:
    """Parts are no more than their whole, and together neither where no front is in two of them (`exclusive`).

    What the parts surely have too many may be any one's: each that was not corrected may be less by as much.
    """
    limit = book.get(whole)
    parts = {each: value for each in members if (value := book.get(each)) is not None}
    if limit is None or not book.has_changed(whole, *parts):
        return
    given = {each: book.least[each] for each in parts if book.least.get(each, 0) > 0}
    most = sum(given.values()) if exclusive else max([0, *given.values()])
    if most > limit.high:
        named = " and ".join(path_text(each) for each in given)
        raise _contradiction(f"{named} would be {most:g}, and {path_text(whole)} at most {limit.high:g}")
    for each, value in parts.items():
        others = sum(other.low for name, other in parts.items() if name != each) if exclusive else 0
        excess = max(0, value.low + others - limit.high)
        if each not in book.fixed:
            low = max(book.least.get(each, 0), value.low - excess)
            book.put(each, _within(Interval(low, max(value.best, low), value.high), 0, limit.high))


def _settle_cooler(book: _Book) -> None:
    """Present or not, and how many; without any, nothing stands in one."""
    if _COOLERS in book.fixed and _PRESENT not in book.fixed:
        count = book.get(_COOLERS)
        assert count is not None
        book.put(_PRESENT, Interval.exact(min(1, count.low)))
        book.fixed.add(_PRESENT)
    present, count = book.get(_PRESENT), book.get(_COOLERS)
    if _PRESENT not in book.fixed or present is None:
        return
    if present.low > 1:
        raise Invalid("facts", "cooler.present is 1 where a cooler stands, 0 where none does")
    if _COOLERS in book.fixed and count is not None and min(1, count.low) != present.low:
        raise _contradiction(f"cooler.present is {present.low:g}, cooler.count {count.low:g}")
    if _COOLERS not in book.fixed and count is not None:
        book.put(_COOLERS, _within(count, 1, inf) if present.low else Interval.exact(0))
    for each in (_INSIDE, _OWN_INSIDE):
        inside = book.get(each)
        if present.high > 0 or inside is None:
            continue
        if each in book.fixed and inside.low > 0:
            raise _contradiction(f"there is no cooler, and {path_text(each)} is {inside.low:g}")
        book.put(each, Interval.exact(0))


def _settle_ratio(book: _Book, path: Parts, part: Parts, whole: Parts) -> None:
    """A ratio follows from its counts, where they changed; one that the auditor gave must agree with them."""
    counted, among, given = book.get(part), book.get(whole), book.get(path)
    if counted is None or among is None:
        return
    if path not in book.fixed and given is not None and not book.has_changed(part, whole):
        return
    low, high = max(0, among.low - counted.high), max(0, among.high - counted.low)
    implied = ratio(counted, Interval(low, min(max(among.best - counted.best, low), high), high))
    if path not in book.fixed:
        book.put(path, implied)
    elif given is not None and not implied.low - RATIO_SLACK <= given.low <= implied.high + RATIO_SLACK:
        bounds = f"{implied.low:.3g} to {implied.high:.3g}"
        raise _contradiction(f"{path_text(path)} is {given.low:.3g}, and its counts make it {bounds}")


def _contradiction(what: str) -> Invalid:
    return Invalid("facts", f"{what}: correct what is wrong of these", code="facts_contradict")


def _parts(path: str) -> Parts:
    try:
        parts = paths_read(path)
    except ExpressionError as error:
        raise Invalid("facts", f"{path!r} is not a fact: {error}") from error
    if len(parts) != 1 or kind_of(parts[0]) is None:
        raise Invalid("facts", f"{path!r} is not a fact: give a path such as facings.own")
    return parts[0]


def _exact(path: str, parts: Parts, value: Any) -> Interval:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or value < 0:
        raise Invalid("facts", f"{path} needs a number from 0 up")
    if kind_of(parts) == "count" and value != int(value):
        raise Invalid("facts", f"{path} is a count: give a whole number")
    if kind_of(parts) == "ratio" and value > 1:
        raise Invalid("facts", f"{path} is a ratio: give 0 to 1")
    return Interval.exact(int(value) if kind_of(parts) == "count" else float(value))
