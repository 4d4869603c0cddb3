"""Rendered photos of beverage displays with exact truth: for the demo, for tests and for training."""

from datasets.render.export import write_yolo
from datasets.render.photo import QUALITIES, SCENES, RenderedPhoto, render_photo
from datasets.render.reference import render_reference
from datasets.render.sku import DEMO_SKUS, Look, Sku, random_skus
from datasets.render.truth import TruthBox

__all__ = [
    "DEMO_SKUS",
    "QUALITIES",
    "SCENES",
    "Look",
    "RenderedPhoto",
    "Sku",
    "TruthBox",
    "random_skus",
    "render_photo",
    "render_reference",
    "write_yolo",
]
