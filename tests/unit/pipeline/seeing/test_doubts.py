"""What a photo cannot show: cut off sides, reflections, and the facts that these widen."""

from dataclasses import replace

import numpy as np
import pytest

from models.detections import best_first
from pipeline.facts.display import read_display
from pipeline.facts.make import FactContext, make_facts
from pipeline.facts.seen import SIDES, Doubts, Recognised
from pipeline.facts.widen import widen
from pipeline.flags import SCOPES, flag
from pipeline.interval import OPEN, Interval
from pipeline.seeing.doubts import cut_sides, edge_gaps, find_doubts, hidden_fronts
from pipeline.seeing.recognise import doubt_names
from pipeline.thresholds import COUNTING
from pipeline.vocabulary import FACTS, Parts, read_fact

NONE = np.zeros((0, 4), np.float32)
GREY = np.full((300, 400), 120, np.uint8)
GALLERY = ("cola", "rival")
SKU: Parts = ("facings", "sku", "cola")


def grid(x: float = 60, y: float = 60, columns: int = 4, rows: int = 2) -> np.ndarray:
    """Fronts of 40 × 80, 50 and 100 apart, the first at (x, y)."""
    corners = [(x + 50 * i, y + 100 * j) for j in range(rows) for i in range(columns)]
    return np.array([(left, top, left + 40, top + 80) for left, top in corners], np.float32)


def found(boxes: np.ndarray):
    return best_first(boxes, [0.9] * len(boxes), [0] * len(boxes))


def facts(boxes: np.ndarray, glared: np.ndarray | None = None) -> dict:
    named = Recognised(("cola",) * len(boxes), (0.9,) * len(boxes), (frozenset({"cola"}),) * len(boxes))
    if glared is not None:
        named = doubt_names(named, glared, GALLERY)
    return make_facts(read_display(found(boxes)), named, GALLERY, FactContext(frozenset({"cola"})))


def doubts(cut: tuple[str, ...] = (), hidden: int = 0) -> Doubts:
    return Doubts(cut, np.zeros(8, bool), hidden)


def in_cooler(top: float = 30):
    """The fronts of `grid` in a cooler that is seen from `top` on."""
    boxes = np.concatenate([grid(), [[40, top, 280, 290]]]).astype(np.float32)
    return best_first(boxes, [0.9] * 8 + [0.95], [0] * 8 + [1])


def test_a_display_amid_the_picture_is_without_doubt():
    seen = find_doubts(GREY, in_cooler())
    assert (seen.cut, seen.glared.tolist(), seen.hidden) == ((), [False] * 9, 0)
    assert seen.codes() == []
    assert widen(facts(grid()), seen) == facts(grid())


@pytest.mark.parametrize(
    ("x", "y", "side"), [(0.5, 60, "left"), (60, 1, "top"), (210, 60, "right"), (60, 119.5, "bottom")]
)
def test_the_side_where_fronts_meet_the_edge_is_cut(x, y, side):
    seen = find_doubts(GREY, found(grid(x, y)))
    assert seen.cut == (side,)
    assert seen.codes() == [f"cut_{side}", *(["top_unseen"] if side != "top" else [])]


def test_only_a_cooler_whose_top_is_in_the_picture_tells_which_shelf_is_the_first():
    for seen in (find_doubts(GREY, found(grid())), find_doubts(GREY, in_cooler(top=0))):
        assert (seen.top_unseen, seen.codes()) == (True, ["top_unseen"])
    assert not find_doubts(GREY, in_cooler()).top_unseen


def test_below_an_unseen_top_a_front_may_stand_on_any_row_from_its_own_down():
    named = Recognised(("cola",) * 8, (0.9,) * 8, (frozenset({"cola"}),) * 8)
    display = read_display(found(grid()), top_unseen=True)
    seen = make_facts(display, named, GALLERY, FactContext(frozenset({"cola"})))
    assert read_fact(seen, ("row1", "own")) == Interval(0, 4, 4)
    assert read_fact(seen, ("row2", "own")) == Interval(0, 4, 8)
    assert read_fact(seen, ("top2", "sku", "cola")) == Interval(0, 8, 8)
    assert read_fact(seen, ("row6", "total")) == Interval(0, 0, 8)
    assert read_fact(seen, ("rows", "count")) == Interval.exact(2)
    assert read_fact(seen, ("facings", "own")) == Interval.exact(8)


def test_a_cooler_that_ends_within_the_picture_ends_the_display():
    fronts = grid(1, 60)
    assert cut_sides(fronts, np.array([[0, 40, 300, 290]], np.float32), 400, 300) == ("left",)
    assert cut_sides(fronts, np.array([[8, 40, 300, 290]], np.float32), 400, 300) == ()
    assert cut_sides(fronts, np.array([[320, 40, 390, 290]], np.float32), 400, 300) == ("left",)  # another one


def test_gaps_are_in_sizes_of_a_front():
    assert edge_gaps(grid(), 400, 300) == pytest.approx([1.5, 0.75, 150 / 40, 0.75])


def test_faint_fronts_are_doubted_as_they_are_counted():
    grey = GREY.copy()
    grey[70:130, 55:105] = 255
    faint = best_first(grid(), [0.3] * 8, [0] * 8)
    assert find_doubts(grey, faint).codes() == ["top_unseen"]
    lower = replace(COUNTING, best=0.2, maybe=0.05)
    assert np.flatnonzero(find_doubts(grey, faint, lower).glared).tolist() == [0]


def test_a_photo_without_fronts_is_without_doubt():
    assert find_doubts(GREY, found(NONE)).codes() == []


def test_a_reflection_hides_the_names_of_the_fronts_that_it_covers():
    grey = GREY.copy()
    grey[70:130, 55:105] = 255
    seen = find_doubts(grey, found(grid()))
    assert np.flatnonzero(seen.glared).tolist() == [0]
    assert seen.codes() == ["top_unseen", "glare"]
    names = facts(grid(), seen.glared)
    assert read_fact(names, SKU) == Interval(7, 8, 8)
    assert read_fact(names, ("facings", "sku", "rival")) == Interval(0, 0, 1)
    assert read_fact(names, ("facings", "total")) == Interval.exact(8)


def test_a_trace_too_weak_to_count_has_no_name_to_lose():
    grey = GREY.copy()
    grey[60:140, 260:300] = 255
    lamp = best_first(np.concatenate([grid(), [[260, 60, 300, 140]]]), [0.9] * 8 + [0.02], [0] * 9)
    assert not find_doubts(grey, lamp).glared.any()


def test_a_lamp_outside_the_display_and_highlights_on_cans_are_no_reflection():
    grey = GREY.copy()
    grey[0:30, 320:400] = 255
    for x1, y1, _, _ in grid().astype(int):
        grey[y1 + 5 : y1 + 60, x1 + 5 : x1 + 8] = 255
    assert find_doubts(grey, found(grid())).codes() == ["top_unseen"]


def test_a_blown_out_place_without_fronts_may_hide_as_many_as_fit():
    grey = GREY.copy()
    grey[60:140, 110:200] = 255  # the place of two fronts that were not found, and what lies between them
    assert hidden_fronts(grey, np.delete(grid(), [1, 2], axis=0)) == 3
    assert hidden_fronts(grey, grid()) == 0  # all found: between them nothing can stand
    assert hidden_fronts(GREY, np.delete(grid(), [1, 2], axis=0)) == 0


def test_a_lamp_above_the_top_row_is_too_narrow_to_hide_a_front():
    grey = GREY.copy()
    grey[35:55, 40:280] = 255
    assert hidden_fronts(grey, grid()) == 0


def widened(path: Parts, some: Doubts) -> Interval:
    return read_fact(widen(facts(grid()), some), path)


def test_what_is_cut_off_leaves_counts_without_upper_bound_and_shares_unknown():
    for side in SIDES:
        some = doubts((side,))
        assert widened(("facings", "own"), some) == Interval(8, 8, OPEN)
        assert widened(SKU, some) == Interval(8, 8, OPEN)
        assert widened(("share", "own"), some) == Interval(0, 1, 1)
        assert widened(("cooler", "present"), some) == Interval(0, 0, 1)  # its frame may be out of the picture
        assert widened(("cooler", "count"), some) == Interval(0, 0, 1)
    assert widened(("rows", "count"), doubts(("left",))) == Interval.exact(2)
    assert widened(("rows", "count"), doubts(("bottom",))) == Interval(2, 2, OPEN)


def test_hidden_fronts_may_be_anyones():
    assert widened(("facings", "competitor"), doubts(hidden=3)) == Interval(0, 0, 3)
    assert widened(("cooler", "purity"), doubts(hidden=3)) == Interval(0, 0, 1)
    assert widened(("rows", "count"), doubts(hidden=3)) == Interval.exact(2)


@pytest.mark.parametrize("code", [*(f"cut_{side}" for side in SIDES), "glare"])
def test_a_flag_names_all_that_it_has_widened(code):
    some = doubts((code[4:],) if code.startswith("cut") else (), 2 * (code == "glare"))
    if code == "glare":
        some.glared[0] = True
    before, after = facts(grid()), widen(facts(grid(), some.glared), some)
    changed = [path for path in [*FACTS, SKU] if read_fact(before, path) != read_fact(after, path)]
    assert changed
    for path in changed:
        assert any(".".join(path).startswith(name) for name in SCOPES[code]), path
    assert flag(code)["scope"] == list(SCOPES[code])


def test_a_cut_top_leaves_open_which_row_it_is():
    seen, widened = facts(grid()), widen(facts(grid()), doubts(cut=("top",)))
    assert read_fact(seen, ("row1", "own")).low == 4
    for path in (("row1", "own"), ("top2", "own"), ("eye_level", "sku", "cola")):
        assert read_fact(widened, path).low == 0
        assert read_fact(widened, path).high >= OPEN
    assert read_fact(widen(seen, doubts(cut=("left",))), ("row1", "own")).low == 4


def test_a_product_that_a_place_does_not_list_may_be_where_nothing_is_seen():
    path = ("row1", "sku", "rival")
    assert read_fact(facts(grid()), path) == Interval.exact(0)
    assert read_fact(widen(facts(grid()), doubts(cut=("left",))), path).high >= OPEN
    assert read_fact(widen(facts(grid()), doubts(hidden=2)), path) == Interval(0, 0, 2)


def test_what_seems_empty_may_hold_what_a_reflection_hides():
    boxes = np.delete(grid(columns=5), 2, axis=0)
    assert read_fact(facts(boxes), ("rows", "empty")).low >= 1
    assert read_fact(widen(facts(boxes), doubts(hidden=1)), ("rows", "empty")).low == 0


def test_a_scene_that_runs_out_of_the_picture_may_be_a_cooler():
    seen, widened = facts(grid()), widen(facts(grid()), doubts(cut=("right",)))
    assert read_fact(seen, ("scene", "rack")) == Interval.exact(1)
    assert read_fact(widened, ("scene", "rack")) == Interval(0, 1, 1)
    assert read_fact(widened, ("scene", "cooler")) == Interval(0, 0, 1)
