"""How spoiled photos are held against their truth."""

import numpy as np
import pytest

from datasets.render import render_photo
from models.detections import best_first
from training.quality import match, rate
from training.spoiling import CROPS, LEVELS, Shown, spoiled

PLAN = [["ketto-cola-can"] * 3, ["aquilo-water"] * 3]


@pytest.fixture(scope="module")
def shown() -> list[Shown]:
    return list(spoiled(render_photo(5, width=180, height=240, scene="rack", plan=PLAN)))


def test_each_level_is_shown_once_with_the_truth_of_its_picture(shown: list[Shown]) -> None:
    assert len(shown) == 1 + sum(map(len, LEVELS.values())) + CROPS
    for each in shown:
        height, width = each.image.shape[:2]
        assert len(each.boxes) == len(each.codes)
        assert (each.boxes >= -1).all()
        assert (each.boxes <= np.tile([width + 1, height + 1], 2)).all()


def test_a_crop_counts_what_it_hides(shown: list[Shown]) -> None:
    crops = [each for each in shown if each.kind == "crop"]
    assert {each.level for each in crops} == {"left", "top", "right", "bottom"}
    assert all(len(each.boxes) + each.hidden == 6 for each in crops)
    assert any(each.hidden for each in crops)


def test_boxes_go_with_the_turned_picture(shown: list[Shown]) -> None:
    level, turned = (next(s for s in shown if (s.kind, s.level) == ("turn", at)) for at in (0.0, 30.0))
    assert not np.allclose(level.boxes, turned.boxes, atol=5)
    assert turned.boxes[:, 2:] - turned.boxes[:, :2] == pytest.approx(
        (level.boxes[:, 2:] - level.boxes[:, :2]) @ np.array([[0.866, 0.5], [0.5, 0.866]]), rel=0.02
    )


def test_each_front_is_found_once_at_most() -> None:
    truth = np.array([[0, 0, 10, 20], [20, 0, 30, 20]], np.float64)
    found = best_first(
        [[0, 0, 10, 20], [1, 0, 11, 20], [50, 0, 60, 20], [20, 0, 30, 20]], [0.9, 0.8, 0.7, 0.01], [0] * 4
    )
    assert match(truth, found).tolist() == [0, -1]  # the last is too weak to count


def test_a_rate_has_the_known_interval_of_wilson() -> None:
    assert rate(9, 9) == {"hits": 9, "of": 9, "share": 1.0, "low": 0.701, "high": 1.0}
    assert rate(0, 0) == {}
