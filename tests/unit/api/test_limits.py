"""The token bucket."""

from api.limits import RateLimit


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_so_many_at_once_and_then_at_that_rate() -> None:
    clock = Clock()
    limit = RateLimit(3, 60.0, clock=clock)
    assert [limit.wait_seconds("a") for _ in range(3)] == [0, 0, 0]
    assert limit.wait_seconds("a") == 20.0
    assert limit.wait_seconds("b") == 0  # each key has its own
    clock.now += 19.9
    assert 0 < limit.wait_seconds("a") < 0.2
    clock.now += 0.2
    assert limit.wait_seconds("a") == 0
    assert limit.wait_seconds("a") > 0


def test_rest_does_not_pile_up() -> None:
    clock = Clock()
    limit = RateLimit(2, 60.0, clock=clock)
    clock.now += 3600
    assert [limit.wait_seconds("a") == 0 for _ in range(3)] == [True, True, False]


def test_strangers_do_not_fill_the_memory() -> None:
    limit = RateLimit(1, keys_max=10, clock=Clock())
    for number in range(1000):
        limit.wait_seconds(str(number))
    assert len(limit._buckets) == 10
