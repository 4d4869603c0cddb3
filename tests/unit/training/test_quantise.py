"""INT8 networks, and the gate that compares them with what they were made from."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from models.manifest import Manifest, file_sha256, load_manifest, write_manifest
from models.network_runner import OnnxRunner
from training.gate import Accuracy, GateError, check
from training.quantise import _Kept, quantise

CHANNELS = 64
DECODING = "/net/model.23/dfl/conv/Conv"


@pytest.fixture
def network(tmp_path):
    """Two convolutions, the second one named as the detector's decoding is, with channels of very unlike weights."""
    rng = np.random.default_rng(0)
    spread = np.logspace(-2, 0, CHANNELS)[:, None, None, None]
    first = (rng.normal(0, 0.2, (CHANNELS, 3, 5, 5)) * spread).astype(np.float32)
    wide = (rng.normal(0, 0.05, (CHANNELS, CHANNELS, 3, 3)) * spread).astype(np.float32)
    last = rng.normal(0, 0.2, (4, CHANNELS, 1, 1)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["crops", "first"], ["a"], name="/net/first/Conv"),
            helper.make_node("Conv", ["a", "wide"], ["b"], name="/net/wide/Conv"),
            helper.make_node("Conv", ["b", "last"], ["output"], name=DECODING),
        ],
        "tiny",
        [helper.make_tensor_value_info("crops", TensorProto.FLOAT, ["n", 3, 16, 16])],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["n", 4, 10, 10])],
        [numpy_helper.from_array(value, name) for name, value in (("first", first), ("wide", wide), ("last", last))],
    )
    file = tmp_path / "embedder.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10), file)
    write_manifest(Manifest("embedder", "7", file_sha256(file), 16), tmp_path)
    return file


def test_an_int8_network_is_small_per_channel_and_answers_alike(network, tmp_path):
    out = tmp_path / "int8"
    out.mkdir()
    batches = [np.random.default_rng(seed).random((4, 3, 16, 16), dtype=np.float32) for seed in range(6)]
    made = quantise(network, _Kept(batches[:5]), out)
    assert made.stat().st_size <= 0.5 * network.stat().st_size
    assert load_manifest(out / "embedder.json").version == "7-int8"
    nodes = {node.name: node for node in onnx.load(made).graph.node}
    scales = {
        entry.name: list(entry.dims) for entry in onnx.load(made).graph.initializer if entry.name.endswith("scale")
    }
    assert [CHANNELS] in scales.values()
    assert nodes[DECODING].input[1] == "last", "the decoding is computed in full precision"
    expected, found = (OnnxRunner(file, 1).run(batches[5])[0] for file in (network, made))
    # without VNNI a CPU adds pairs of products in 16 bits, which saturate: up to a tenth off was seen
    exact = "vnni" in Path("/proc/cpuinfo").read_text()
    assert 0 < np.abs(found - expected).max() < (0.05 if exact else 0.15) * np.abs(expected).max()
    assert sorted(file.name for file in out.iterdir()) == ["embedder.json", "embedder.onnx"]


def measured(**changed):
    return Accuracy(
        **{"map50_95": 0.75, "product_map50_95": 0.65, "top1": 0.94, "counts": {}, "inside": 0.9, **changed}
    )


def test_the_gate_lets_half_a_point_go():
    check("int8", measured(map50_95=0.7451, product_map50_95=0.9, top1=0.9351), measured())


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"map50_95": 0.744}, "mAP50-95 0.7500 → 0.7440$"),
        ({"product_map50_95": 0.644}, "mAP50-95 of fronts 0.6500 → 0.6440"),
        ({"top1": 0.93}, "SKU top-1 0.9400 → 0.9300"),
        ({"top1": float("nan")}, "SKU top-1 0.9400 → nan"),
    ],
)
def test_the_gate_refuses_more_and_gives_the_figures(changed, said):
    with pytest.raises(GateError, match=said):
        check("int8", measured(**changed), measured())
