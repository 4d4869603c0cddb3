"""`python -m datasets.render OUT --count N --seed S`: a folder of rendered photos in YOLO layout."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track

from datasets.render.export import write_yolo
from datasets.render.photo import QUALITIES, SCENES, RenderedPhoto, Scene, render_photo
from datasets.render.sku import random_skus

# Field photos come as portrait, landscape, square and the tall format of newer phones.
SIZES = ((960, 1280), (1280, 960), (960, 1280), (720, 1280), (1024, 1024))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m datasets.render", description=__doc__)
    parser.add_argument("out", type=Path, help="folder to write")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0, help="first seed; photo i has seed S + i")
    parser.add_argument("--width", type=int, help="pixels; default: a mix of phone formats")
    parser.add_argument("--height", type=int)
    parser.add_argument("--scene", choices=SCENES, help="default: coolers and racks, a twelfth negatives")
    parser.add_argument("--quality", choices=QUALITIES)
    parser.add_argument("--skus", choices=("demo", "random"), default="random", help="demo brands or procedural ones")
    parser.add_argument("--classes", choices=("detector", "sku"), default="detector")
    return parser


def photos(args: argparse.Namespace) -> Iterator[RenderedPhoto]:
    """The photos that the arguments ask for, one after the other."""
    for seed in track(range(args.seed, args.seed + args.count), "rendering", console=Console(stderr=True)):
        rng = np.random.default_rng([seed, 0xC11])
        width, height = SIZES[int(rng.integers(len(SIZES)))]
        scene: Scene | None = args.scene or ("other" if rng.random() < 1 / 12 else None)
        skus = random_skus(rng, int(rng.integers(3, 20))) if args.skus == "random" else None
        yield render_photo(
            seed,
            width=args.width or width,
            height=args.height or height,
            skus=skus,
            scene=scene,
            quality=args.quality,
        )


def main() -> None:
    """Parse the command line and write the folder."""
    args = _parser().parse_args()
    write_yolo(photos(args), args.out, args.classes)
    Console(stderr=True).print(f"{args.count} photos in {args.out}")


if __name__ == "__main__":
    main()
