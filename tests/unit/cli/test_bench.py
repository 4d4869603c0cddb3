"""What `shelfproof bench` says of its times."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from cli import bench
from cli.bench import AT_ONCE, BARE, PIPELINE, RIVAL, STAGE, Contestant, at_once, summarise


def test_photos_at_once_do_run_at_once_and_a_failure_is_told():
    both = threading.Barrier(2, timeout=5)  # breaks where one waits for the other to end
    with ThreadPoolExecutor(2) as pool:
        at_once(pool, both.wait, 2)
        with pytest.raises(ZeroDivisionError):
            at_once(pool, lambda: 1 / 0, 2)


def test_a_contestant_s_time_is_its_best_round_by_its_photos(monkeypatch):
    monkeypatch.setattr(bench, "PAUSE", 0)
    clock = iter([0.0, 0.012, 1.0, 1.008]).__next__
    assert bench._best_of({"two": Contestant(lambda: None, photos=2)}, 2, clock) == {"two": pytest.approx(4.0)}


def test_ratios_as_served_are_against_the_runs_of_one_photo_and_against_as_many_at_once():
    alone = {PIPELINE: [30.0, 30.0], BARE: [20.0, 20.0], STAGE: [20.0, 20.0], RIVAL: [40.0, 40.0]}
    report = summarise(alone, [34, 34], 1)
    assert report["pipeline_over_bare_networks"]["median"] == 1.5
    assert report["ultralytics_over_detection_stage"]["median"] == 2
    assert "as_served" not in report
    served = {PIPELINE + AT_ONCE: [24.0, 24.0], BARE + AT_ONCE: [16.0, 16.0], STAGE + AT_ONCE: [10.0, 10.0]}
    report = summarise(alone | served, [34, 34], 2)
    assert report["pipeline_over_bare_networks"]["median"] == 1.5
    ratios = {name: ratio["median"] for name, ratio in report["as_served"].items() if "_over_" in name}
    assert ratios == {
        "pipeline_over_bare_networks": 1.2,
        "ultralytics_over_detection_stage": 4.0,
        "pipeline_over_bare_networks_at_once": 1.5,
    }
