"""The loss tells nothing of ignored areas, and all of what is labelled."""

import pytest

torch = pytest.importorskip("torch")

from datasets.field import IGNORED  # noqa: E402
from models.detections import COOLER, PRODUCT  # noqa: E402


@pytest.fixture(scope="module")
def model():
    from types import SimpleNamespace

    from training.detector import HalfDetectionModel

    torch.manual_seed(0)
    made = HalfDetectionModel("yolo11n.yaml", nc=2, verbose=False)
    made.args = SimpleNamespace(box=7.5, cls=0.5, dfl=1.5, epochs=1)
    made.train()
    return made


def class_gradient(model, classes, boxes):
    """Gradient of the loss by the class logits: (product, cooler) on the stride-8 grid of one 128-px photo."""
    batch = {
        "img": torch.rand(1, 3, 128, 128, generator=torch.Generator().manual_seed(1)),
        "cls": torch.tensor(classes, dtype=torch.float32).view(-1, 1),
        "bboxes": torch.tensor(boxes, dtype=torch.float32).view(-1, 4),
        "batch_idx": torch.zeros(len(classes)),
    }
    preds = model(batch["img"])
    preds["scores"].retain_grad()
    model.init_criterion()(preds, batch)[0].sum().backward()
    return preds["scores"].grad[0, :, :256].view(2, 16, 16)


def test_an_ignored_area_teaches_no_absence(model):
    gradient = class_gradient(model, [IGNORED], [[0.25, 0.25, 0.5, 0.5]])
    assert (gradient[PRODUCT, :8, :8] == 0).all()
    assert (gradient[PRODUCT, 9:, 9:] != 0).all()
    assert (gradient[COOLER] != 0).all()  # coolers are learnt everywhere


def test_a_labelled_front_inside_it_is_learnt(model):
    gradient = class_gradient(model, [PRODUCT, IGNORED], [[0.25, 0.25, 0.2, 0.2], [0.25, 0.25, 0.5, 0.5]])
    inside = gradient[PRODUCT, :8, :8]
    assert (inside < 0).any()  # pushed up somewhere
    assert (inside == 0).any()


def test_without_ignored_areas_it_is_ultralytics_own(model):
    from ultralytics.utils.loss import v8DetectionLoss

    batch = {
        "img": torch.rand(1, 3, 128, 128), "cls": torch.tensor([[0.0]]),
        "bboxes": torch.tensor([[0.5, 0.5, 0.3, 0.3]]), "batch_idx": torch.zeros(1),
    }  # fmt: skip
    preds = model(batch["img"])
    ours, theirs = (loss(preds, batch)[0] for loss in (model.init_criterion(), v8DetectionLoss(model)))
    assert torch.allclose(ours, theirs)
