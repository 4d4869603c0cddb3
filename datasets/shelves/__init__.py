"""Drawn shelves of a supermarket with packaged goods of every kind, as the detector's training sees them.

`datasets.render` draws beverage displays in space, with exact truth for every fact. Here a flat scene of boxes, bags,
jars, cans and bottles is drawn and then photographed at an angle: cheaper, and as varied as can be, since nothing but
the fronts' boxes is learnt from it.
"""

from datasets.shelves.photo import ShelfPhoto, draw_shelf_photo
from datasets.shelves.prints import Prints, load_prints

__all__ = ["Prints", "ShelfPhoto", "draw_shelf_photo", "load_prints"]
