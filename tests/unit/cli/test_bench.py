"""What `shelfproof bench` says of its times."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import numpy as np
import pytest

from cli import bench
from cli.bench import AT_ONCE, BARE, PIPELINE, RIVAL, STAGE, Contestant, at_once, summarise
from cli.bench_service import UPLOADS
from cli.client import ApiError
from models.detector import Detector
from models.embedder import Embedder
from models.engines import Opened
from models.fakes import draw_photo, fake_networks
from models.load import Networks
from tests.unit.pipeline.photos import encode


def test_photos_at_once_do_run_at_once_and_a_failure_is_told():
    both = threading.Barrier(2, timeout=5)  # breaks where one waits for the other to end
    with ThreadPoolExecutor(2) as pool:
        at_once(pool, both.wait, 2)
        with pytest.raises(ZeroDivisionError):
            at_once(pool, lambda: 1 / 0, 2)


def test_a_contestant_s_time_is_its_best_round_by_its_photos(monkeypatch):
    monkeypatch.setattr(bench, "PAUSE", 0)
    clock = iter([0.0, 0.008, 1.0, 1.012]).__next__
    assert bench._best_of({"two": Contestant(lambda: None, photos=2)}, 2, clock) == {"two": pytest.approx(4.0)}


def test_calls_at_once_are_answered_by_different_models():
    both, models = threading.Barrier(2, timeout=5), set()
    take = bench._taking_turns([lambda file, n=n: (models.add(n), both.wait()) for n in range(2)])
    with ThreadPoolExecutor(2) as pool:
        at_once(pool, lambda: take("photo"), 2)
    assert models == {0, 1}


def test_like_is_held_against_like():
    alone = {PIPELINE: [30.0, 30.0], BARE: [20.0, 20.0], STAGE: [20.0, 20.0], RIVAL: [40.0, 40.0]}
    report = summarise(alone, [34, 34], 1)
    assert ratios(report) == {"pipeline_over_bare_networks": 1.5, "ultralytics_over_detection_stage": 2}
    assert "at_once" not in report
    served = {PIPELINE: [24.0, 24.0], BARE: [12.0, 12.0], STAGE: [10.0, 10.0], RIVAL: [30.0, 30.0]}
    report = summarise(alone | {name + AT_ONCE: values for name, values in served.items()}, [34, 34], 2)
    assert ratios(report) == {"pipeline_over_bare_networks": 1.5, "ultralytics_over_detection_stage": 2}
    assert ratios(report["at_once"]) == {"pipeline_over_bare_networks": 2, "ultralytics_over_detection_stage": 3}


def ratios(report):
    return {name: ratio["median"] for name, ratio in report.items() if "_over_" in name}


@pytest.mark.parametrize(("threads", "at_once"), [(1, False), (2, True)])
def test_the_networks_are_run_bare_on_what_the_pipeline_gave_them(monkeypatch, threads, at_once):
    fake = fake_networks()
    monkeypatch.setattr(bench, "PAUSE", 0)
    monkeypatch.setattr(bench, "_ultralytics", lambda threads, models=1: None)
    monkeypatch.setattr(
        bench,
        "assemble",
        lambda opened, manifests, gallery: Networks(
            Detector(opened.detector, fake.detector.manifest),
            Embedder(opened.embedder, fake.embedder.manifest),
            fake.gallery,
        ),
    )
    runs = []
    opened, served = (
        Opened(Counted(fake.detector._runner, runs, name), None, Counted(fake.embedder._runner, runs, name), "fake")
        for name in ("alone", "served")
    )
    photo = encode(draw_photo(400, 400, [("red-can", (60, 50, 120, 130))]))  # looked at once
    times, fronts = bench.measure([photo], 1, opened, served if at_once else None, time.perf_counter, threads)
    assert fronts == [1]
    names = [PIPELINE, BARE, STAGE]
    assert list(times) == [*names, *(name + AT_ONCE for name in names if at_once)]
    # to record, pipeline and bare networks: both networks; detection stage: the detector
    assert runs.count("alone") == 2 + 2 + 2 + 1
    assert runs.count("served") == (2 + 2 * (2 + 2 + 1) if at_once else 0)


def test_where_the_service_cannot_be_measured_the_rest_is_printed_and_the_status_says_so(monkeypatch, capsys):
    def refused(images):
        raise ApiError("the service did not start")

    times = {name: [1.0, 1.0] for name in (PIPELINE, BARE, STAGE)}
    monkeypatch.setattr(bench, "measure", lambda *_: (times, [3, 3]))
    monkeypatch.setattr(bench, "_drawn", lambda fronts: iter([np.zeros((8, 8, 3), np.uint8)] * 2))
    monkeypatch.setattr(bench, "open_runners", lambda *_: Opened(None, None, None, "fake"))
    monkeypatch.setattr("cli.bench_service.measure_service", refused)
    assert bench.run(2, 1, 1, True, "auto", None, False, as_json=True) == bench.FAILED
    told = capsys.readouterr()
    assert told.err.splitlines()[-1] == "shelfproof: the service could not be measured: the service did not start"
    assert json.loads(told.out)["pipeline_over_bare_networks"]["median"] == 1


def test_the_service_is_sent_as_many_displays_as_it_needs_and_none_twice(monkeypatch, capsys):
    sent = []
    monkeypatch.setattr(bench, "measure", lambda *_: ({name: [1.0] for name in (PIPELINE, BARE, STAGE)}, [3]))
    monkeypatch.setattr(bench, "_drawn", lambda fronts: (np.full((8, 8, 3), value, np.uint8) for value in count()))
    monkeypatch.setattr(bench, "open_runners", lambda *_: Opened(None, None, None, "fake"))
    monkeypatch.setattr("cli.bench_service.measure_service", lambda jpegs: sent.extend(jpegs) or SOUND)
    assert bench.run(2, 1, 1, True, "auto", None, False, as_json=True) == bench.OK
    assert len(sent) == len(set(sent)) == UPLOADS


SOUND = {"lost": 0, "ledger_faults": []}


class Counted:
    """A runner that tells of its runs."""

    def __init__(self, runner, runs, name):
        self._runner, self._runs, self._name = runner, runs, name

    def run(self, batch):
        self._runs.append(self._name)
        return self._runner.run(batch)
