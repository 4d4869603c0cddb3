import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.facts.scene import read_scene
from pipeline.interval import Interval

NO, YES, OPEN = (0, 0, 0), (1, 1, 1), (0, 0, 1)


@pytest.mark.parametrize(
    ("inside", "outside", "coolers", "cooler", "rack", "other"),
    [
        ((20, 20, 20), (0, 0, 0), (1, 1, 1), YES, NO, NO),
        ((20, 20, 20), (9, 9, 9), (1, 1, 1), YES, NO, NO),
        ((0, 0, 0), (20, 20, 20), (0, 0, 0), NO, YES, NO),
        ((2, 2, 2), (20, 20, 20), (1, 1, 1), NO, YES, NO),  # a cooler beside the rack
        ((0, 0, 0), (0, 0, 0), (1, 1, 1), YES, NO, NO),  # an empty cooler
        ((0, 0, 0), (2, 2, 2), (0, 0, 0), NO, NO, YES),
        ((0, 0, 20), (0, 20, 20), (0, 0, 1), OPEN, (0, 1, 1), OPEN),  # perhaps a cooler
        ((0, 0, 0), (1, 2, 9), (0, 0, 0), NO, OPEN, (0, 1, 1)),
    ],
)
def test_the_scene_follows_from_where_the_fronts_stand(inside, outside, coolers, cooler, rack, other):
    found = read_scene(Interval(*inside), Interval(*outside), Interval(*coolers))
    read = {name: (value.low, value.best, value.high) for name, value in found.items()}
    assert read == {"cooler": cooler, "rack": rack, "other": other}


BOUNDS = st.tuples(*[st.integers(0, 5)] * 3).map(lambda values: Interval(*sorted(values)))


@given(BOUNDS, BOUNDS, BOUNDS)
@settings(max_examples=60, deadline=None)
def test_every_world_within_the_counts_is_one_scene_and_within_the_bounds(inside, outside, coolers):
    found = read_scene(inside, outside, coolers)
    worlds = itertools.product(*(range(int(each.low), int(each.high) + 1) for each in (inside, outside, coolers)))
    for counts in worlds:
        if counts[0] and not counts[2]:
            continue  # nothing stands in no cooler
        world = read_scene(*(Interval.exact(count) for count in counts))
        assert sum(value.best for value in world.values()) == 1
        assert all(value.best in found[name] for name, value in world.items())
