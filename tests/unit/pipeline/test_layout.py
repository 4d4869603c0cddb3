import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.layout import assign_rows, row_count, tilt


def shelves(rows: int, columns: int, slope: float = 0.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """(boxes, true rows): cans and bottles of 40 × 60..110 pixels on shelves 150 apart, turned by `slope`."""
    rng = np.random.default_rng(seed)
    boxes, truth = [], []
    for row in range(rows):
        for column in range(columns):
            x = 30 + 50 * column + rng.normal(0, 2)
            foot = 150 * (row + 1) + slope * x + rng.normal(0, 3)
            boxes.append([x, foot - rng.uniform(60, 110), x + 40, foot])
            truth.append(row + 1)
    order = rng.permutation(len(boxes))
    return np.array(boxes)[order], np.array(truth)[order]


@pytest.mark.parametrize("slope", [-0.2, -0.1, 0.0, 0.1, 0.2])
@pytest.mark.parametrize(("rows", "columns"), [(1, 5), (3, 12), (6, 8), (4, 24)])
def test_rows_are_found_however_the_camera_is_tilted(rows, columns, slope):
    boxes, truth = shelves(rows, columns, slope)
    assert assign_rows(boxes).tolist() == truth.tolist()


def test_the_tilt_is_measured():
    boxes, _ = shelves(4, 10, 0.15)
    assert tilt(boxes)[0] == pytest.approx(0.15, abs=0.03)


def test_few_boxes_have_no_tilt():
    assert tilt(np.array([[0, 0, 10, 20], [20, 15, 30, 35]], float)) == (0, 0)


def test_a_can_beside_a_bottle_is_on_its_row():
    boxes = np.array([[0, 0, 30, 100], [40, 50, 70, 102], [80, 2, 110, 98]], float)
    assert assign_rows(boxes).tolist() == [1, 1, 1]


def test_nothing_has_no_row():
    assert row_count(np.zeros((0, 4))) == 0
    assert row_count(np.array([[0, 0, 10, 20]])) == 1


@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(2, 9), st.floats(0.2, 9))
@settings(max_examples=30, deadline=None)
def test_the_scale_and_the_order_of_boxes_do_not_matter(seed, rows, columns, scale):
    boxes, _ = shelves(rows, columns, 0.05, seed)
    expected = assign_rows(boxes)
    assert (assign_rows(boxes * scale + 3) == expected).all()
    assert (assign_rows(boxes[::-1]) == expected[::-1]).all()
