"""Whatever the reading got wrong: an auditor who states the truth is not refused, and no fact then excludes it."""

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from crm.audits.correcting import corrected
from pipeline.interval import Interval, ratio

OWN, NEW, OTHERS = frozenset({"cola", "lime", "cider"}), frozenset({"lime"}), frozenset({"rival"})
GALLERY = ("cola", "lime", "rival")  # cider has not been enrolled; of "stranger", a competitor's, no list knows
UNKNOWN = "unknown"

Kind = tuple[str, bool]  # code, and whether in a cooler
May = frozenset[Kind | None]  # what a front may be by the reading; None: not there
COUNTS: dict[str, Callable[[Kind], bool]] = {
    "facings.total": lambda kind: True,
    "facings.own": lambda kind: kind[0] in OWN,
    "facings.competitor": lambda kind: kind[0] in ("rival", "stranger"),
    "facings.unknown": lambda kind: kind[0] == UNKNOWN,
    "facings.new": lambda kind: kind[0] in NEW,
    "cooler.facings": lambda kind: kind[1],
    "cooler.own_facings": lambda kind: kind[1] and kind[0] in OWN,
    'facings.sku["cola"]': lambda kind: kind[0] == "cola",
    'facings.sku["lime"]': lambda kind: kind[0] == "lime",
    'facings.sku["rival"]': lambda kind: kind[0] == "rival",
}
READ: list[Kind] = [(code, inside) for code in (*GALLERY, UNKNOWN) for inside in (False, True)]
KINDS = [*READ, *[(code, inside) for code in ("cider", "stranger") for inside in (False, True)]]


def at(facts: dict[str, Any], path: str) -> Interval:
    for part in path.replace('facings.sku["', "facings.sku.").rstrip('"]').split("."):
        facts = facts[part]
    return Interval.from_dict(facts)


def read_facts(fronts: Sequence[May], coolers: int = 1) -> dict[str, Any]:
    """Facts as the pipeline counts them: what surely is one, and what may be one."""

    def count(holds: Callable[[Kind], bool]) -> Interval:
        said = [[kind is not None and holds(kind) for kind in may] for may in fronts]
        low, high = sum(map(all, said)), sum(map(any, said))
        return Interval(low, (low + high) // 2, high)

    counted = {path: count(holds) for path, holds in COUNTS.items()}
    share = ratio(counted["facings.own"], count(lambda kind: kind[0] not in OWN))
    purity = ratio(counted["cooler.own_facings"], count(lambda kind: kind[1] and kind[0] not in OWN))
    facings = {name: counted[f"facings.{name}"].as_dict() for name in ("total", "own", "competitor", "unknown", "new")}
    return {
        "facings": {**facings, "sku": {code: counted[f'facings.sku["{code}"]'].as_dict() for code in GALLERY}},
        "share": {"own": share.as_dict()},
        "cooler": {
            "present": Interval.exact(min(1, coolers)).as_dict(),
            "count": Interval.exact(coolers).as_dict(),
            "facings": counted["cooler.facings"].as_dict(),
            "own_facings": counted["cooler.own_facings"].as_dict(),
            "purity": purity.as_dict(),
        },
    }


def truth_of(fronts: Sequence[Kind | None]) -> dict[str, int]:
    return {path: sum(kind is not None and holds(kind) for kind in fronts) for path, holds in COUNTS.items()}


def excluded(facts: dict[str, Any], truth: dict[str, int]) -> list[str]:
    """The facts that exclude the truth."""
    wrong = [path for path, count in truth.items() if count not in at(facts, path)]
    for path, part, whole in (
        ("share.own", "facings.own", "facings.total"),
        ("cooler.purity", "cooler.own_facings", "cooler.facings"),
    ):
        value = at(facts, path)
        if truth[whole] and not value.low - 1e-12 <= truth[part] / truth[whole] <= value.high + 1e-12:
            wrong.append(path)
    return wrong


def misreadings(path: str, too_few: bool) -> list[tuple[Kind | None, Kind | None]]:
    """(what a front is, what it was read as), for fronts that one count has too few, or too many, of."""
    holds = COUNTS[path]
    there = [(kind, other) for kind in KINDS for other in KINDS if holds(kind) and not holds(other)]
    pairs: list[tuple[Kind | None, Kind | None]] = [(a, b) for a, b in there if a[0] == b[0] or a[1] == b[1]]
    pairs += [(kind, None) for kind in KINDS if holds(kind)]
    ordered = pairs if too_few else [(other, kind) for kind, other in pairs]
    return [(is_, read) for is_, read in ordered if read is None or read in READ]


DOUBT = st.frozensets(st.sampled_from([*READ, None]), max_size=3)
READ_RIGHT = st.lists(st.tuples(st.sampled_from([*READ, None]), DOUBT), max_size=6)


@given(right=READ_RIGHT, path=st.sampled_from(sorted(COUNTS)), too_few=st.booleans(), data=st.data())
@settings(max_examples=400, deadline=None)
def test_no_fact_excludes_the_truth_after_the_truth_is_told(
    right: list[tuple[Kind | None, frozenset[Kind | None]]], path: str, too_few: bool, data: st.DataObject
) -> None:
    """Some fronts are read as what they are or may be something else; some are misread, so that one count is wrong."""
    wrong = data.draw(st.lists(st.sampled_from(misreadings(path, too_few)), max_size=4), label="misread")
    told = data.draw(st.lists(st.sampled_from(sorted(COUNTS)), max_size=2), label="also told")
    enrolled = all(kind is None or kind[0] != "cider" for kind, _ in wrong) and data.draw(st.booleans())
    truth = truth_of([kind for kind, _ in [*right, *wrong]])
    read = read_facts([*[doubt | {kind} for kind, doubt in right], *[frozenset({kind}) for _, kind in wrong]])
    assume(not wrong or truth[path] not in at(read, path))  # an error that nobody can see stays one
    own = OWN - {"cider"} if enrolled else OWN
    made, _ = corrected(read, {each: truth[each] for each in (path, *told)}, own, NEW, OTHERS)
    assert excluded(made, truth) == []


@given(
    stands=st.integers(0, 2),
    was_read=st.integers(0, 2),
    fronts=st.lists(st.tuples(st.sampled_from((*GALLERY, UNKNOWN)), st.booleans()), max_size=6),
    data=st.data(),
)
@settings(max_examples=150, deadline=None)
def test_what_stands_in_a_cooler_that_was_missed_or_is_none_is_not_known(
    stands: int, was_read: int, fronts: list[Kind], data: st.DataObject
) -> None:
    told = "cooler.present" if min(stands, was_read) == 0 and data.draw(st.booleans()) else "cooler.count"
    inside = [in_it and stands > 0 for _, in_it in fronts]
    changes = [stands != was_read and data.draw(st.booleans()) for _ in fronts]
    if stands > was_read:  # one was missed, and what stands in it was read as standing outside
        seen = [is_in and not change and was_read > 0 for is_in, change in zip(inside, changes, strict=True)]
    else:
        seen = [is_in or (change and was_read > 0) for is_in, change in zip(inside, changes, strict=True)]
    codes = [code for code, _ in fronts]
    truth = truth_of(list(zip(codes, inside, strict=True)))
    read = read_facts([frozenset({kind}) for kind in zip(codes, seen, strict=True)], was_read)
    value = min(1, stands) if told == "cooler.present" else stands
    made, _ = corrected(read, {told: value}, OWN, NEW, OTHERS)
    assert excluded(made, truth | {"cooler.present": min(1, stands), "cooler.count": stands}) == []
