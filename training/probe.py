"""The photo of the engines' self-test, `models/weights/probe.jpg`. Command: `python -m training.probe`."""

import cv2

from datasets.render import DEMO_SKUS, render_photo
from models.engines import PROBE

SEED = 70_000  # of no other set


def main() -> None:
    photo = render_photo(SEED, width=480, height=640, skus=DEMO_SKUS, quality="ok")
    cv2.imwrite(str(PROBE), photo.image, [cv2.IMWRITE_JPEG_QUALITY, 85])


if __name__ == "__main__":
    main()
