"""A peer that finds one front, `WEIGHTS` pixels from the left, in any file whose name does not hold `bad`."""

from typing import Any

from bench.protocol import Box, Predict, ToBoxes, serve


def load(weights: str, threads: int, score: float) -> tuple[str, Predict, ToBoxes]:
    left = float(weights)
    print("a library's greeting")  # must not disturb the protocol

    def predict(file: str) -> Any:
        if "bad" in file:
            raise ValueError("this photo is bad\nand more")
        return [[left, 0, left + 10, 10, score, 0]]

    def to_boxes(result: Any) -> list[Box]:
        return list(result)

    return f"fake with {threads} threads", predict, to_boxes


if __name__ == "__main__":
    serve(load)
