"""The figures of scene, rows and slots, on facts made by hand."""

from typing import Any

import pytest

from datasets.render import render_photo
from pipeline.interval import Interval
from training.layout import _share, number_figures, scene_figures, truth_of


def leaf(low: float, best: float, high: float) -> dict[str, float]:
    return Interval(low, best, high).as_dict()


def scene(*best: int, open_: bool = False) -> dict[str, Any]:
    names = ("cooler", "rack", "other")
    return {"scene": {n: leaf(0, b, 1) if open_ else leaf(b, b, b) for n, b in zip(names, best, strict=True)}}


def test_wilson_is_the_published_interval() -> None:
    assert _share(0, 10)["wilson"] == [0.0, 0.278]
    assert _share(170, 182)["wilson"] == pytest.approx([0.888, 0.962], abs=1e-3)
    assert _share(0, 0)["wilson"] == [0.0, 1.0]


def test_balanced_accuracy_weighs_scenes_alike() -> None:
    pairs = [(scene(1, 0, 0), {"scene": "cooler"})] * 9 + [
        (scene(1, 0, 0), {"scene": "rack"}),
        (scene(1, 0, 0, open_=True), {"scene": "rack"}),
        (scene(0, 1, 0), {"scene": "rack"}),
    ]
    figures = scene_figures(pairs)
    assert figures["balanced_accuracy"] == pytest.approx((1 + 1 / 3) / 2, abs=1e-3)
    assert figures["outside_bounds"]["hits"] == 1
    assert figures["settled"]["hits"] == 11


def test_a_number_is_judged_where_the_truth_is_known() -> None:
    pairs = [
        ({"rows": {"count": leaf(3, 3, 4)}}, {"rows.count": 4}),
        ({"rows": {"count": leaf(2, 2, 2)}}, {"rows.count": 2}),
        ({"rows": {"count": leaf(1, 1, 1)}}, {"rows.count": 3}),
        ({"rows": {"count": leaf(9, 9, 9)}}, {}),
    ]
    figures = number_figures(pairs, "rows.count")
    assert figures["mean_absolute_error"] == 1
    assert [figures[name]["hits"] for name in ("exact", "within_one", "inside_bounds")] == [1, 2, 2]
    assert figures["exact"]["of"] == 3


def test_the_truth_of_a_rendered_photo_counts_slots_and_widths() -> None:
    can, bottle = "ketto-cola-can", "hachi-tea"
    photo = render_photo(7, width=240, height=320, scene="cooler", plan=[[can, can, None, can], [bottle, bottle]])
    truth = truth_of(photo)
    assert (truth["scene"], truth["rows.count"], truth["rows.empty"], truth["facings.columns"]) == ("cooler", 2, 1, 5)
    assert truth["cooler.fill"] == pytest.approx(5 / 6)
    assert 0.5 < truth["share.linear_own"] < 1
