import numpy as np

from models.detections import COOLER, PRODUCT, Detections, best_first
from training.out_of_distribution import figures, score_of


def scored(*scores: float, cooler: float = 0.0) -> Detections:
    labels = [*(PRODUCT for _ in scores), *([COOLER] if cooler else [])]
    values = [*scores, *([cooler] if cooler else [])]
    boxes = np.array([[20 * place, 0, 20 * place + 10, 30] for place in range(len(values))], np.float32)
    return best_first(boxes, values, labels)


def test_the_figures_say_how_many_photos_seem_unknown_and_why():
    known, weak, clutter = scored(0.9, 0.9, 0.9, 0.9), scored(0.9, 0.9, 0.9, 0.2, 0.2, 0.2), scored(0.3, 0.2)
    told = figures([known, weak, clutter])
    assert (told["photos"], told["unknown"]) == (3, 1)
    assert told["weak_share"] == [0, 0.1, 0.5, 0.9, 1]  # 0, a half and all, with what lies between
    assert told["strong_score"][0] == 0.29
    assert told["third_front"][0] == 0


def test_coolers_are_no_fronts():
    found = scored(0.5, 0.8, cooler=0.95)
    assert [round(score_of(place, found), 2) for place in (1, 2, 3)] == [0.8, 0.5, 0]
