from models.detector import COUNTABLE_SCORE
from pipeline import thresholds


def test_the_cap_of_boxes_cuts_nothing_that_counts():
    assert thresholds.SCORE_MAYBE >= COUNTABLE_SCORE


def test_sure_implies_best_implies_maybe():
    assert thresholds.SCORE_SURE >= thresholds.SCORE_BEST >= thresholds.SCORE_MAYBE
    assert thresholds.COOLER_SURE >= thresholds.COOLER_BEST >= thresholds.COOLER_MAYBE
    assert thresholds.INSIDE_SURE >= 0.5 >= thresholds.INSIDE_MAYBE
