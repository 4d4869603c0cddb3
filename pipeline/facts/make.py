"""From boxes and codes to the facts that rules read, each an interval of what surely is and what may be there."""

from dataclasses import dataclass, field
from typing import Any

from models.gallery import UNKNOWN
from pipeline.facts.certainty import Certainty, Codes
from pipeline.facts.display import Display
from pipeline.facts.scene import read_scene
from pipeline.facts.seen import Recognised
from pipeline.facts.shares import linear_share
from pipeline.facts.shelf_positions import by_shelf_position
from pipeline.facts.slots import empty_slots
from pipeline.interval import Interval, ratio

Facts = dict[str, Any]  # nested; each leaf is {"low", "best", "high"}


@dataclass(frozen=True)
class FactContext:
    """SKU codes of the brand itself, and those of its launches; every other gallery code is a competitor's."""

    own: frozenset[str]
    new: frozenset[str] = field(default_factory=frozenset)


def make_facts(display: Display, recognised: Recognised, gallery: tuple[str, ...], context: FactContext) -> Facts:
    """Facts of one photo. gallery: every code that the recogniser knows; each gets a count, zero where unseen."""
    codes = [code for code, is_front in zip(recognised.codes, display.is_front, strict=True) if is_front]
    candidates = [names for names, is_front in zip(recognised.candidates, display.is_front, strict=True) if is_front]
    seen = Codes(codes, candidates, gallery)
    owner = {
        "own": seen.of(context.own),
        "competitor": seen.of(frozenset(gallery) - context.own),
        "unknown": seen.of(frozenset([UNKNOWN])),
        "new": seen.of(context.new),
    }
    other = seen.of(frozenset([*gallery, UNKNOWN]) - context.own)
    there, total = display.there, display.there.count()
    empty = empty_slots(display.fronts, display.rows.line, there)
    own, others = (there & owner["own"]).count(), (there & other).count()
    facts: dict[str, dict[str, Any]] = {
        "facings": {
            "total": total,
            **{name: (there & mine).count() for name, mine in owner.items()},
            "columns": display.standing.count(),
            "own_columns": (display.standing & owner["own"]).count(),
            "with_empty": total + empty,
        },
        "share": {
            "own": ratio(own, others),
            "own_with_empty": ratio(own, others + empty),
            "linear_own": linear_share(display.fronts, display.standing & owner["own"], display.standing & other),
        },
        "cooler": _cooler(display, owner["own"], other, empty),
        "rows": {"count": display.rows.count, "empty": empty},
        "scene": read_scene(display.inside.count(), display.outside.count(), display.coolers.count()),
    }
    made: Facts = {group: _plain(leaves) for group, leaves in facts.items()}
    made["facings"]["sku"] = _plain(seen.counts(there))
    return made | by_shelf_position(display.rows, there, owner["own"], owner["new"], seen)


def _cooler(display: Display, own: Certainty, other: Certainty, empty_anywhere: Interval) -> dict[str, Interval]:
    """Facts of the cabinets. Slots are columns: a stack fills one."""
    count, inside = display.coolers.count(), display.inside
    filled = (display.standing & inside).count()
    all_inside = inside.is_same(display.there)
    empty = empty_anywhere if all_inside else empty_slots(display.fronts, display.rows.line, inside)
    own_inside = (inside & own).count()
    return {
        "present": Interval(*(min(1, int(number)) for number in (count.low, count.best, count.high))),
        "count": count,
        "facings": inside.count(),
        "outside": display.outside.count(),
        "own_facings": own_inside,
        "purity": ratio(own_inside, (inside & other).count()),
        "filled": filled,
        "empty": empty,
        "slots": filled + empty,
        "fill": ratio(filled, empty),
    }


def _plain(leaves: dict[str, Interval]) -> dict[str, Any]:
    return {name: interval.as_dict() for name, interval in leaves.items()}
