"""Bounds of the counts of fronts: how far an error of the reading may move them, and how they bound each other; pure.

A count is the number of fronts of some kinds, a kind being a product and whether it stands in a cooler. What one count
says of another follows from these sets alone.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from math import inf

from pipeline.vocabulary import SKU_PREFIX, Parts

TOTAL, OWN, NEW = ("facings", "total"), ("facings", "own"), ("facings", "new")
COMPETITOR, UNKNOWN = ("facings", "competitor"), ("facings", "unknown")
INSIDE, OWN_INSIDE = ("cooler", "facings"), ("cooler", "own_facings")

Bounds = tuple[float, float]  # low and high, both included; high may be infinite
Box = Mapping[Parts, Bounds]
Kinds = frozenset[tuple[Parts, bool]]  # product, named by the path of its count; whether in a cooler

_ROUNDS = 20  # each tightens, none is needed for soundness; sums of sums settle in three or four


@dataclass(frozen=True)
class AtLeast:
    """The counts `more` are together no less than the counts `less`."""

    more: tuple[Parts, ...]
    less: tuple[Parts, ...]


class RelationError(Exception):
    """No counts within the bounds meet a relation: `least` is the sum of its `less`, `most` that of its `more`."""

    def __init__(self, relation: AtLeast, least: float, most: float) -> None:
        super().__init__(f"{least:g} is not at most {most:g}")
        self.relation, self.least, self.most = relation, least, most


class Counts:
    """The counts that are known of a display, and what holds between them.

    `codes`: SKUs that have a count of their own; `own`, `new`: codes of the brand and of its launches.
    """

    def __init__(self, codes: Collection[str], own: Collection[str], new: Collection[str]) -> None:
        mine, fresh = _paths({*own}), _paths({*new})
        self.own_skus = _paths(each for each in codes if each in own)
        self.other_skus = _paths(each for each in codes if each not in own)
        self.new_skus = _paths(each for each in codes if each in new)
        rivals = (*self.other_skus, COMPETITOR)  # the last: products that no list has
        every = (*mine, *rivals, UNKNOWN)
        self.kinds: dict[Parts, Kinds] = {each: _kinds([each]) for each in (*self.own_skus, *self.other_skus)}
        of_all = {TOTAL: every, OWN: mine, COMPETITOR: rivals, UNKNOWN: (UNKNOWN,), NEW: fresh}
        self.kinds |= {path: _kinds(products) for path, products in of_all.items()}
        self.kinds |= {INSIDE: _kinds(every, (True,)), OWN_INSIDE: _kinds(mine, (True,))}
        self.relations = [
            *_sum(TOTAL, (OWN, COMPETITOR, UNKNOWN), complete=True),
            *_sum(OWN, self.own_skus, complete=set(own) <= set(codes)),
            *_sum(NEW, self.new_skus, complete=set(new) <= set(codes)),
            *_sum(COMPETITOR, self.other_skus, complete=False),
            AtLeast((OWN,), (NEW,)),
            AtLeast((TOTAL,), (INSIDE,)),
            AtLeast((OWN,), (OWN_INSIDE,)),
            AtLeast((INSIDE,), (OWN_INSIDE,)),
            AtLeast((TOTAL, OWN_INSIDE), (OWN, INSIDE)),  # others' fronts in the cooler are others' fronts
        ]

    def spread(self, box: Box, errors: Mapping[Parts, float]) -> dict[Parts, Bounds]:
        """Where the counts may lie if the reading made `errors`: so many fronts of a count too few (> 0) or too many.

        Each such front was missed, or read under another name, or in the wrong place; or, where there were too many,
        was none, or is another product, or stands elsewhere.
        """
        spread: dict[Parts, Bounds] = {}
        for path, (low, high) in box.items():
            for wrong, error in errors.items():
                moves = [error * each for each in _effect(self.kinds[wrong], self.kinds[path])]
                low, high = low + min(moves), high + max(moves)
            spread[path] = max(0, low), high
        return spread


def _effect(found: Kinds, counted: Kinds) -> Bounds:
    """How much less and more is `counted` for each front that is of `found` and was not read so."""
    gone, came = counted - found, found - counted
    same_product = {name for name, _ in gone} & {name for name, _ in came}
    same_place = {inside for _, inside in gone} & {inside for _, inside in came}
    return (-1 if same_product or same_place else 0), (1 if found & counted else 0)


def agreeing(box: Box, relations: Iterable[AtLeast]) -> tuple[dict[Parts, Bounds], list[AtLeast]]:
    """`tighten` without the relations that these bounds violate: the catalogue may have changed since the reading."""
    kept = list(relations)
    while True:
        try:
            return tighten(box, kept), kept
        except RelationError as error:
            kept.remove(error.relation)


def tighten(box: Box, relations: Collection[AtLeast]) -> dict[Parts, Bounds]:
    """The narrower bounds that follow from the relations; RelationError where nothing lies within them."""
    tight = dict(box)
    for _ in range(_ROUNDS):
        before = dict(tight)
        for each in relations:
            _apply(tight, each)
        if tight == before:
            break
    return tight


def _apply(box: dict[Parts, Bounds], relation: AtLeast) -> None:
    least = sum(box[each][0] for each in relation.less)
    most = sum(box[each][1] for each in relation.more)
    if least > most:
        raise RelationError(relation, least, most)
    highs = {each: box[each][1] for each in relation.more}
    for each, high in highs.items():
        others = most - high if most < inf else sum(value for path, value in highs.items() if path != each)
        box[each] = max(box[each][0], least - others), high
    for each in relation.less:
        low, high = box[each]
        box[each] = low, min(high, low + most - least)


def _sum(whole: Parts, members: tuple[Parts, ...], complete: bool) -> list[AtLeast]:
    """`complete`: there is nothing in the whole besides these members."""
    return [AtLeast((whole,), members), *([AtLeast(members, (whole,))] if complete else [])]


def _paths(codes: Iterable[str]) -> tuple[Parts, ...]:
    return tuple((*SKU_PREFIX, code) for code in codes)


def _kinds(products: Iterable[Parts], places: tuple[bool, ...] = (False, True)) -> Kinds:
    return frozenset(product(products, places))
