"""Facts as they are told: each with a name in both languages, a kind, and what pages choose by."""

import json

from crm.audits.explaining.facts import facts_told, ranges_of
from pipeline.interval import OPEN, Interval
from pipeline.vocabulary import FACTS, SHELF_POSITIONS, label

EXACT = Interval.exact(1).as_dict()
NAMES = {"lays-share-150g": {"en": "Lay's to share", "zh": "乐事分享装"}}


def nested() -> dict[str, dict[str, object]]:
    """Every fact that there is, and one SKU everywhere."""
    made: dict[str, dict[str, object]] = {}
    for group, name in FACTS:
        made.setdefault(group, {})[name] = EXACT
    for group in ("facings", *SHELF_POSITIONS):
        made[group]["sku"] = {"lays-share-150g": EXACT}
    return made


def test_every_fact_has_its_name_and_its_kind() -> None:
    told = facts_told(nested(), NAMES)
    for parts, (kind, _, _) in FACTS.items():
        fact = told[".".join(parts)]
        assert tuple(fact.name) == label(parts, {})
        assert (fact.kind == "share") == (kind == "ratio")
    assert told["cooler.present"].kind == told["scene.rack"].kind == "presence"
    assert told["cooler.fill"].kind == "share"
    assert told["cooler.filled"].kind == "count"


def test_a_product_that_is_called_a_share_is_counted() -> None:
    told = facts_told(nested(), NAMES)
    everywhere, row = told['facings.sku["lays-share-150g"]'], told['row2.sku["lays-share-150g"]']
    assert (everywhere.kind, everywhere.name.zh, everywhere.sku) == ("count", "乐事分享装", "lays-share-150g")
    assert (row.kind, row.name.en, row.shelf_position) == ("count", "Lay's to share on row 2", "row2")
    assert facts_told(nested(), {})['facings.sku["lays-share-150g"]'].name.en == "lays-share-150g"


def test_a_table_shows_neither_products_nor_rows_without_a_likely_front() -> None:
    facts = nested()
    facts["row3"]["own"] = {"low": 0, "best": 0, "high": 4}
    facts["eye_level"]["own"] = {"low": 0, "best": 0, "high": 4}
    main = {path for path, fact in facts_told(facts, NAMES).items() if fact.is_main}
    assert {"facings.own", "row2.own", "eye_level.own"} <= main
    assert not {"row3.own", "row2.unlisted", 'facings.sku["lays-share-150g"]'} & main


def test_a_product_that_is_surely_not_there_is_left_out() -> None:
    absent, perhaps = {"low": 0, "best": 0, "high": 0}, {"low": 0, "best": 0, "high": 1}
    facts = {"facings": {"own": absent, "sku": {"a": absent, "b": perhaps}}}
    assert list(facts_told(facts, {})) == list(ranges_of(facts)) == ["facings.own", 'facings.sku["b"]']


def test_what_is_cut_off_has_no_upper_bound() -> None:
    facts = {"facings": {"total": {"low": 3, "best": 4, "high": OPEN}, "own": {"low": 3, "best": 4, "high": 5}}}
    assert {path: each.is_open for path, each in ranges_of(facts).items()} == {
        "facings.total": True,
        "facings.own": False,
    }


def test_a_fact_that_the_vocabulary_no_longer_has_is_called_by_its_path() -> None:
    """Decisions of an earlier version stay explainable."""
    [(path, fact)] = facts_told(json.loads('{"share": {"of_old": {"low": 0, "best": 1, "high": 2}}}'), {}).items()
    assert (path, fact.name.en, fact.kind) == ("share.of_old", "share.of_old", "count")
