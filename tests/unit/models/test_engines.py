"""An engine is trusted with photos only where it answers as onnxruntime does."""

from dataclasses import replace

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import models.engines
from models.engines import ENGINES, EngineError, open_runners
from models.manifest import WEIGHTS
from models.network_runner import CUDA, FakeRunner


def stand_in(score_off=0.0, broken=False, missing=None, exact=None, general_off=None):
    """An engine without weights whose scores are off by `score_off`, the general detector's by `general_off`."""

    def head(batch, off=score_off):
        if broken:
            raise RuntimeError("kernel failed\nat line 7")
        answer = np.full((1, 6, 20), 100, np.float32)
        answer[:, 4:] = batch.mean() * 0.5 + off
        return answer

    def general(batch):
        return head(batch, score_off if general_off is None else general_off)

    def vectors(batch):
        return np.stack([batch.mean(axis=(1, 2, 3)), np.ones(len(batch))], axis=1).astype(np.float32)

    def open_one(file, threads):
        return FakeRunner({"detector": head, "general": general, "embedder": vectors}[file.stem])

    return replace(ENGINES["openvino"], open=open_one, missing=lambda: missing, exact=exact)


@pytest.fixture
def engines(monkeypatch):
    def install(**given):
        monkeypatch.setattr(models.engines, "ENGINES", {**given, "onnxruntime": stand_in()})
        monkeypatch.setattr(models.engines, "NAMES", ("auto", *given, "onnxruntime"))

    return install


def test_auto_takes_the_first_that_agrees_and_tells_what_it_passed_over(engines):
    engines(fast=stand_in(score_off=0.3), good=stand_in(score_off=0.001))
    opened = open_runners(WEIGHTS, 1, "auto")
    assert opened.engine == "good"
    assert len(opened.passed_over) == 1
    assert "engine fast answers otherwise" in opened.passed_over[0]
    assert "score differs by 0.3" in opened.passed_over[0]


def test_auto_ends_at_onnxruntime(engines):
    engines(absent=stand_in(missing="not installed"), nan=stand_in(score_off=np.nan), broken=stand_in(broken=True))
    opened = open_runners(WEIGHTS, 1, "auto")
    assert opened.engine == "onnxruntime"
    assert [reason.split()[1] for reason in opened.passed_over] == ["nan", "broken"]


@pytest.mark.parametrize(
    ("milliseconds", "taken", "said"),
    [
        ([50.0, 100.0], "half", ()),
        ([95.0, 100.0], "whole", ("engine half takes 95 ms for the probe photo here, whole 100",)),
        ([130.0, 100.0], "whole", ("engine half takes 130 ms for the probe photo here, whole 100",)),
    ],
)
def test_auto_takes_a_less_exact_engine_only_where_it_is_clearly_faster(
    engines, monkeypatch, milliseconds, taken, said
):
    engines(half=stand_in(score_off=0.001, exact="whole"), whole=stand_in())
    timed = []
    monkeypatch.setattr(
        models.engines, "probe_times", lambda rivals, weights: timed.extend(r.engine for r in rivals) or milliseconds
    )
    opened = open_runners(WEIGHTS, 1, "auto")
    assert (opened.engine, opened.slower, opened.passed_over) == (taken, said, ())
    assert timed == ["half", "whole"]


def test_bf16_is_held_against_fp32():
    assert {name: engine.exact for name, engine in ENGINES.items() if engine.exact} == {"openvino-bf16": "openvino"}


def test_the_reference_of_both_tests_is_opened_once(engines, monkeypatch):
    engines(half=stand_in(exact="whole"), whole=stand_in())
    monkeypatch.setattr(models.engines, "probe_times", lambda rivals, weights: [2.0, 1.0])
    opened, reference = [], models.engines.ENGINES["onnxruntime"]
    counted = replace(reference, open=lambda file, threads: opened.append(file.stem) or reference.open(file, threads))
    monkeypatch.setitem(models.engines.ENGINES, "onnxruntime", counted)
    assert open_runners(WEIGHTS, 1, "auto").engine == "whole"
    assert opened == ["detector", "general", "embedder"]


def test_the_less_exact_engine_stays_where_the_exact_one_fails_and_where_it_was_chosen(engines, monkeypatch):
    monkeypatch.setattr(models.engines, "probe_times", lambda rivals, weights: [2.0, 1.0])
    engines(half=stand_in(score_off=0.001, exact="whole"), whole=stand_in(broken=True))
    opened = open_runners(WEIGHTS, 1, "auto")
    assert opened.engine == "half"
    assert [reason.split()[1] for reason in opened.passed_over] == ["whole"]
    engines(half=stand_in(score_off=0.001, exact="whole"), whole=stand_in())
    assert open_runners(WEIGHTS, 1, "half").engine == "half"


def test_each_rival_is_timed_by_its_best_round_with_both_networks_in_turn(engines, monkeypatch):
    engines()
    one, other = (replace(open_runners(WEIGHTS, 1, "onnxruntime"), engine=name) for name in ("one", "other"))
    spent = {"one": iter([0.5, 0.2, 0.3, 0.4, 0.6]), "other": iter([0.1, 0.3, 0.2, 0.5, 0.9])}
    order, now = [], [0.0]

    def timed(rival):
        def head(batch):
            order.append(rival.engine)
            now[0] += next(spent[rival.engine])
            return rival.detector.run(batch)[0]

        return replace(rival, detector=FakeRunner(head))

    monkeypatch.setattr(models.engines.time, "perf_counter", lambda: now[0])
    assert models.engines.probe_times([timed(one), timed(other)], WEIGHTS) == pytest.approx([200, 100])
    assert order == ["one", "other"] * models.engines.ROUNDS
    assert len(one.embedder.shapes) == len(other.embedder.shapes) == models.engines.ROUNDS


@pytest.mark.parametrize(
    ("engine", "said"),
    [
        (stand_in(score_off=0.3), "answers otherwise than onnxruntime"),
        (stand_in(general_off=0.3), "answers otherwise than onnxruntime"),
        (stand_in(general_off=np.nan), "answers otherwise than onnxruntime"),
        (stand_in(broken=True), r"cannot run the networks \(kernel failed\): choose another"),
        (stand_in(missing="it is not installed"), "cannot be used: it is not installed"),
    ],
)
def test_a_chosen_engine_is_not_replaced_in_silence(engines, engine, said):
    engines(chosen=engine)
    with pytest.raises(EngineError, match=said) as caught:
        open_runners(WEIGHTS, 1, "chosen")
    assert "\n" not in str(caught.value)


def test_an_engine_whose_library_does_not_load_is_passed_over_or_refused_in_one_line(engines):
    def unloadable():
        raise ImportError("libc is too old\nfor this library")

    engines(broken=replace(stand_in(), missing=unloadable))
    opened = open_runners(WEIGHTS, 1, "auto")
    assert opened.engine == "onnxruntime"
    assert opened.passed_over == ("engine broken cannot be loaded (libc is too old): choose another",)
    with pytest.raises(EngineError, match="cannot be loaded") as caught:
        open_runners(WEIGHTS, 1, "broken")
    assert "\n" not in str(caught.value)


def test_an_unknown_engine_is_named():
    with pytest.raises(EngineError, match="no engine 'tensorrt': choose one of auto, cuda"):
        open_runners(WEIGHTS, 1, "tensorrt")


def test_openvino_that_is_not_installed_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(models.openvino_runner, "is_installed", lambda: False)
    with pytest.raises(EngineError, match="pip install openvino"):
        open_runners(WEIGHTS, 1, "openvino-bf16")
    assert open_runners(WEIGHTS, 1, "auto").engine in ("onnxruntime", "cuda")


def test_cuda_runs_where_there_is_a_gpu_and_says_so_where_there_is_none():
    import onnxruntime

    if CUDA in onnxruntime.get_available_providers():
        assert open_runners(WEIGHTS, 1, "cuda").detector.provider == CUDA
    else:
        with pytest.raises(EngineError, match="install onnxruntime-gpu"):
            open_runners(WEIGHTS, 1, "cuda")


def test_numpy_leaves_the_cores_to_the_networks():
    with threadpool_limits(2, "blas"):
        open_runners(WEIGHTS, 1, "onnxruntime")
        assert {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"} == {1}
