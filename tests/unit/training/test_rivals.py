"""The losses and readings that compare embedder and detector with their rivals."""

from pathlib import Path

import numpy as np
import pytest

from datasets.yolo import LabelledPhoto
from models.detections import COOLER, PRODUCT
from training.prediction import best_overlapping

torch = pytest.importorskip("torch")

from datasets.field import IGNORED  # noqa: E402


def test_each_true_box_takes_the_found_one_that_covers_it_best():
    truth = np.array([[0, 0, 10, 10], [20, 0, 30, 10], [40, 0, 50, 10]])
    found = np.array([[0, 0, 10, 8], [1, 0, 10, 10], [20, 0, 30, 4], [100, 0, 110, 10]])
    assert best_overlapping(truth, found).tolist() == [1, -1, -1]  # IoU 0.9 before 0.8; 0.4 is a miss
    assert best_overlapping(truth, found[:0]).tolist() == [-1, -1, -1]


def test_supervised_contrast_is_the_value_computed_by_hand():
    from training.embedder import supervised_contrast

    # Angles 0, 0, 90 and 180 degrees, temperature 1; products a, a, a, b. Cosines: 1 within the pair, 0 and -1 else.
    vectors = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    e = np.e
    pair = np.log(e + 1 + 1 / e) - (1 + 0) / 2  # others of its product at 1 and 0
    third = np.log(1 + 1 + 1)  # all others at 0; the last is alone of its product and left out
    loss = supervised_contrast(vectors, torch.tensor([0, 0, 0, 1]), 1.0)
    assert float(loss) == pytest.approx((2 * pair + third) / 3, rel=1e-6)


def test_supervised_contrast_can_be_learnt_from():
    from training.embedder import supervised_contrast

    vectors = torch.nn.functional.normalize(torch.randn(6, 4, generator=torch.Generator().manual_seed(0)), dim=1)
    vectors.requires_grad_()
    supervised_contrast(vectors, torch.tensor([0, 0, 1, 1, 2, 3]), 0.1).backward()
    assert torch.isfinite(vectors.grad).all()
    assert (vectors.grad != 0).any()


def test_fronts_become_skus_and_those_of_no_code_are_ignored():
    from training.configs.detector_skus import with_skus

    boxes = np.tile([0.1, 0.1, 0.2, 0.2], (5, 1))
    photo = LabelledPhoto(Path("p.jpg"), boxes, np.array([PRODUCT, PRODUCT, PRODUCT, COOLER, IGNORED]))
    skus = with_skus(photo, ["b", "another", "a"], ["a", "b"])
    assert skus.classes.tolist() == [1, 3, 0, 2, 3]


def test_a_missed_front_is_wrong_and_one_of_no_code_is_not_asked(tmp_path):
    import cv2

    from training.configs.detector_skus import read

    file = tmp_path / "p.png"
    cv2.imwrite(str(file), np.zeros((100, 100, 3), np.uint8))
    boxes = np.array([[0, 0, 0.1, 0.1], [0.2, 0, 0.3, 0.1], [0.4, 0, 0.5, 0.1], [0.6, 0, 0.7, 0.1], [0, 0, 1, 1]])
    photo = LabelledPhoto(file, boxes, np.array([PRODUCT] * 4 + [COOLER]))
    found = np.array([[0, 0, 10, 10], [20, 0, 30, 10], [60, 0, 70, 10]])
    figures = read([photo], {"p": ["a", "b", "a", "another"]}, lambda image: (found, ["a", "a", "a"]))
    assert figures["fronts"] == 3
    assert figures["top1"] == pytest.approx(1 / 3)
    assert figures["missed"] == pytest.approx(1 / 3)
    assert figures["top1_of_found"] == pytest.approx(1 / 2)


def test_measured_norms_leave_the_network_as_it_was_and_training_begins_there():
    from training.backbones import measure_norms

    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.ReLU()).eval()
    torch.nn.init.normal_(net[1].bias)
    views = torch.rand(16, 3, 8, 8)
    with torch.no_grad():
        before = net(views)
        measure_norms(net, views)
        assert torch.allclose(net.eval()(views), before, atol=1e-5)
        assert torch.allclose(net.train()(views), before, atol=5e-3)
