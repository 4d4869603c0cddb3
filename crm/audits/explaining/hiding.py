"""What is kept from who may not know of a product, such as a rep before its launch; pure."""

from collections.abc import Container
from dataclasses import replace

from crm.audits.told import Explanation, PhotoTold
from models.gallery import UNKNOWN
from pipeline.rules.expression import paths_read
from pipeline.vocabulary import is_sku


def without(explanation: Explanation, hidden: Container[str]) -> Explanation:
    """As one reads it who knows nothing of the products `hidden`, by code: their fronts are not recognised, and no fact
    counts them. What the rules of the task name, they name to all."""
    decision = explanation.decision
    if decision is not None:
        facts = {path: fact for path, fact in decision.facts.items() if fact.sku not in hidden}
        decision = replace(decision, facts=facts)
    return replace(explanation, decision=decision, photos=tuple(_photo(each, hidden) for each in explanation.photos))


def _photo(photo: PhotoTold, hidden: Container[str]) -> PhotoTold:
    boxes = (replace(box, sku=UNKNOWN, sku_score=None) if box.sku in hidden else box for box in photo.detections)
    facts = {path: seen for path, seen in photo.facts.items() if not _counts(path, hidden)}
    return replace(photo, detections=tuple(boxes), facts=facts)


def _counts(path: str, hidden: Container[str]) -> bool:
    [parts] = paths_read(path)
    return is_sku(parts) and parts[2] in hidden
