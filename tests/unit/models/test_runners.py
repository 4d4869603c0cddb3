"""The two engines behind one protocol, on a network of three operations."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from models.network_runner import CPU, OnnxRunner
from models.openvino_runner import OpenvinoRunner, has_bf16, padded

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """Conv 3 → 8, sigmoid, mean over the picture; any batch and any size."""
    weights = np.random.default_rng(0).normal(0, 0.5, (8, 3, 3, 3)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["images", "weights"], ["lines"], pads=[1, 1, 1, 1]),
            helper.make_node("Sigmoid", ["lines"], ["lit"]),
            helper.make_node("GlobalAveragePool", ["lit"], ["output"]),
        ],
        "tiny",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["n", 3, "h", "w"])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["n", 8, 1, 1])],
        [numpy_helper.from_array(weights, "weights")],
    )
    file = tmp_path_factory.mktemp("network") / "tiny.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), file)
    return file


def batch(seed, n=1, height=64, width=48):
    return np.random.default_rng(seed).random((n, 3, height, width), dtype=np.float32)


def test_both_engines_answer_alike_on_any_shape(network):
    one, other = OnnxRunner(network, 1), OpenvinoRunner(network, 1)
    assert one.provider == CPU
    for shape in ((1, 64, 48), (5, 96, 96), (2, 32, 32), (9, 96, 96)):
        (expected,), (found,) = one.run(batch(1, *shape)), other.run(batch(1, *shape))
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, expected, atol=1e-5)
    turned = batch(2).transpose(0, 1, 3, 2)  # not contiguous
    np.testing.assert_allclose(other.run(turned)[0], one.run(turned)[0], atol=1e-5)


def test_padding_keeps_the_sizes_few_and_the_answers_as_they_are(network):
    sizes = [len(padded(batch(1, n, 3, 2))) for n in range(1, 65)]
    assert sorted(set(sizes)) == [1, 2, *range(4, 65, 4)]
    assert all(0 <= size - n < 4 for n, size in enumerate(sizes, 1))
    runner, crops = OpenvinoRunner(network, 1), batch(7, 64)
    alone = np.concatenate([runner.run(crops[i : i + 1])[0] for i in range(64)])
    for n in (1, 2, 3, 5, 7, 8, 13, 62, 63, 64):
        (found,) = runner.run(crops[:n])
        assert found.shape == (n, 8, 1, 1)
        np.testing.assert_allclose(found, alone[:n], atol=1e-6)


def test_an_answer_stays_what_it_was_when_the_next_batch_runs(network):
    runner = OpenvinoRunner(network, 1)
    first = runner.run(batch(3))[0]
    before = first.copy()
    runner.run(batch(4))
    np.testing.assert_array_equal(first, before)


def test_half_precision_is_near_and_is_not_full_precision(network):
    if not has_bf16():
        pytest.skip("this CPU does not compute in bf16")
    expected, found = OnnxRunner(network, 1).run(batch(5))[0], OpenvinoRunner(network, 1, "bf16").run(batch(5))[0]
    assert 1e-6 < np.abs(found - expected).max() < 0.01


def test_several_threads_each_get_their_own_answer(network):
    runner, reference = OpenvinoRunner(network, 1), OnnxRunner(network, 1)
    batches = [batch(seed, height=32 * (1 + seed % 3)) for seed in range(60)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(runner.run, batches))
    for given, answer in zip(batches, answers, strict=True):
        np.testing.assert_allclose(answer[0], reference.run(given)[0], atol=1e-5)


def test_openvino_stays_silent(tmp_path):
    """Its telemetry would look up a host and leave a folder in the home directory."""
    code = (
        "import sys; from models.openvino_runner import version; assert version();"
        "assert sys.modules['openvino_telemetry'] is None, 'telemetry was imported'"
    )
    environment = {name: value for name, value in os.environ.items() if name != "CI"} | {"HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)
    assert list(tmp_path.iterdir()) == []
