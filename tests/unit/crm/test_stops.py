"""What a stop concerns."""

from typing import Any

import pytest

from crm.stops.targets import concerns, is_model, model_names
from pipeline.rules.clauses import Clause, TaskRules
from pipeline.rules.rewards import simple_reward, tiered_reward
from pipeline.texts import Text


def rules(expression: str = "facings.total >= 4", reward: dict[str, Any] | None = None) -> dict[str, Any]:
    clause = Clause("c", Text("C", "条款"), expression, "refuse")
    return TaskRules((clause,), reward or simple_reward(100), 1000).as_dict()


def reading(high: int = 0, **models: str) -> dict[str, Any]:
    fronts = {"low": 0, "best": 0, "high": high}
    return {"facts": {"facings": {"sku": {"cola": fronts}}}, "models": models}


def test_a_brand_stops_all_and_a_task_itself() -> None:
    assert concerns("brand", "b", "t", {}, [])
    assert concerns("task", "t", "t", {}, [])
    assert not concerns("task", "t", "u", rules(), [reading()])


@pytest.mark.parametrize(
    "given",
    [
        rules('facings.sku["cola"] >= 6'),
        rules("facings.sku['cola'] >= 6"),
        rules('top2.sku["cola"] >= 6 and facings.total >= 1'),
        rules(reward=tiered_reward('facings.sku["cola"]', [(6, 200)])),
    ],
)
def test_a_sku_stops_what_names_it_although_it_is_not_seen(given: dict[str, Any]) -> None:
    assert concerns("sku", "cola", "t", given, [])
    assert concerns("sku", "cola", "t", given, [{}, reading()])
    assert not concerns("sku", "col", "t", given, [reading()])


def test_a_sku_stops_where_one_front_may_be_it_on_any_photo() -> None:
    assert not concerns("sku", "cola", "t", rules(), [reading(), {}])
    assert concerns("sku", "cola", "t", rules(), [reading(), reading(high=1)])
    assert not concerns("sku", "lime", "t", rules(), [reading(high=1)])


@pytest.mark.parametrize(
    ("target", "version", "stopped"),
    [
        ("gallery:demo-4", "demo-4", True),
        ("gallery:demo-4", "demo-4+1", True),  # built on it
        ("gallery:demo-4", "demo-4+1.2", True),  # and a trial opened on it
        ("gallery:demo-4+2", "demo-4+2.5", True),
        ("gallery:demo-4+2.5", "demo-4+3.5", True),
        ("gallery:demo-4+2.5", "demo-4+2.4", False),
        ("gallery:demo-4+2", "demo-4+1.7", False),
        ("gallery:demo-4+2", "demo-4+2", True),
        ("gallery:demo-4+2", "demo-4+10", True),
        ("gallery:demo-4+2", "demo-4+1", False),
        ("gallery:demo-4+2", "demo-4", False),
        ("gallery:demo-4", "demo-40", False),
        ("gallery:demo-4", "demo-5", False),
    ],
)
def test_a_gallery_stops_those_built_on_it(target: str, version: str, stopped: bool) -> None:
    assert concerns("model", target, "t", rules(), [reading(gallery=version)]) == stopped


def test_a_model_version_stops_what_one_photo_was_read_by() -> None:
    photos = [reading(detector="2", engine="openvino"), reading(detector="3", engine="openvino")]
    assert concerns("model", "detector:3", "t", rules(), photos)
    assert concerns("model", "engine:openvino", "t", rules(), photos)
    assert not concerns("model", "embedder:3", "t", rules(), photos)
    assert not concerns("model", "detector:30", "t", rules(), photos)
    assert not concerns("model", "detector:3", "t", rules(), [{}])


def test_an_engine_without_its_release_stops_each_release() -> None:
    photos = [reading(engine="openvino 2026.4.1")]
    assert concerns("model", "engine:openvino", "t", rules(), photos)
    assert concerns("model", "engine:openvino 2026.4.1", "t", rules(), photos)
    assert not concerns("model", "engine:openvino 2026.4", "t", rules(), photos)
    assert not concerns("model", "engine:openvino", "t", rules(), [reading(engine="openvino-bf16 2026.4.1")])


def test_model_versions_have_one_spelling() -> None:
    assert list(model_names({"detector": ["2", "3"], "embedder": "3"})) == ["detector:2", "detector:3", "embedder:3"]
    for right in ("detector:3", "gallery:demo-4+2", "engine:openvino-bf16", "engine:openvino-bf16 2026.4.1"):
        assert is_model(right)
    for wrong in ("detector", "detector:", "detector: 3", "camera:3", "detector:3 ", "3", "detector:3\n"):
        assert not is_model(wrong)
