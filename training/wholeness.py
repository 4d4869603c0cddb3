"""Whether photos of which data are missing are refused, and no others; and what that costs.

Command: `python -m training.wholeness` (five minutes on two cores; one JSON object a line). The photos are all real
ones at hand, below the folder of the field photos; nothing of them is kept. None is progressive: such are made here.

- whole: every photo as it is, and with what odd encoders and phones do to whole ones; `refused` must be 0, and
  `other_pixels` too: the pixels are those that OpenCV gives of the file without its oddity.
- cut: the data stop early and an end mark is put behind; `taken` must be 0.
- damaged: bytes in the middle are lost, overwritten or put in, 1 to 8,192 of them. No mark tells that; the decoder sees
  it where it loses its place. `changed`: taken, and over 1 % of the pixels differ by more than 24 of 255; `told`: of
  these, flagged `damaged`, so that a person looks. `jump`: of these, found at no false alarm by the strongest jump of
  colours along a row of blocks, which was tried and is not used.
- cost: processor time of the check at the upload, as a share of decoding and of reading the same photo.
"""

import io
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image as Pillow
from rich.console import Console
from rich.progress import track

from datasets.splits import require_data
from models.load import load_networks
from pipeline.facts.make import FactContext
from pipeline.intake.decode import check_photo, decode_photo
from pipeline.intake.photo_error import PhotoError
from pipeline.intake.photo_header import read_header
from pipeline.photo import DecodedPhoto
from pipeline.read import read_photo
from pipeline.thresholds import DECODED_LONG_SIDE_MAX
from training.risk.binomial import interval, upper

SEED = 20261130
SAMPLE = 300  # photos for each kind of damage
CUTS = 20  # places at which a photo is cut
CHANGED, CHANGED_SHARE = 24, 0.01
END = b"\xff\xd9"
TRAILER = np.random.default_rng(SEED).integers(0, 256, 4000, dtype=np.uint8).tobytes()

Harm = Callable[[bytes, np.random.Generator], bytes]


def progressive(data: bytes) -> bytes:
    """The picture encoded anew with the same tables, in several scans."""
    stream = io.BytesIO()
    Pillow.open(io.BytesIO(data)).save(stream, "JPEG", quality="keep", progressive=True)
    return stream.getvalue()


FORMS: dict[str, Callable[[bytes], bytes]] = {"sequential": bytes, "progressive": progressive}
ODDITIES: dict[str, Callable[[bytes], bytes]] = {
    "as it is": bytes,
    "progressive": bytes,
    "no end mark": lambda data: data[: _end(data)],
    "no end mark, a trailer": lambda data: data[: _end(data)] + TRAILER,
    "a trailer": lambda data: data + TRAILER,
    "a stray byte before the tables": lambda data: data.replace(b"\xff\xdb", b"\x3f\xff\xdb", 1),
    "eight bytes too many": lambda data: data[: _end(data)] + b"\x5a" * 8 + END,
}


def _end(data: bytes) -> int:
    return data.rindex(END)


def _place(data: bytes, rng: np.random.Generator) -> tuple[int, int]:
    """Some bytes within the data of all scans: where they begin, and how many."""
    start = data.index(b"\xff\xda") + 14
    count = int(min(2 ** rng.uniform(0, 13), (len(data) - start) // 4))
    return int(rng.integers(start, _end(data) - count)), count


def _cut_out(data: bytes, rng: np.random.Generator) -> bytes:
    at, count = _place(data, rng)
    return data[:at] + data[at + count :]


def _overwritten(data: bytes, rng: np.random.Generator) -> bytes:
    at, count = _place(data, rng)
    return data[:at] + rng.integers(0, 256, count, dtype=np.uint8).tobytes() + data[at + count :]


def _zeroed(data: bytes, rng: np.random.Generator) -> bytes:
    at, count = _place(data, rng)
    return data[:at] + bytes(count) + data[at + count :]


def _put_in(data: bytes, rng: np.random.Generator) -> bytes:
    at, count = _place(data, rng)
    return data[:at] + rng.integers(0, 256, count, dtype=np.uint8).tobytes() + data[at:]


def _one_bit(data: bytes, rng: np.random.Generator) -> bytes:
    at, _ = _place(data, rng)
    return data[:at] + bytes([data[at] ^ 1 << int(rng.integers(8))]) + data[at + 1 :]


HARMS: dict[str, Harm] = {
    "cut out": _cut_out, "overwritten": _overwritten, "zeroed": _zeroed, "put in": _put_in, "one bit": _one_bit,
}  # fmt: skip


def read_or_code(data: bytes) -> DecodedPhoto | str:
    """The photo at the size that is read, or why it is refused."""
    try:
        return decode_photo(data)
    except PhotoError as error:
        return error.code


def whole(files: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """Refusals and pixels that differ from those of OpenCV, for each oddity."""
    for name, made_odd in ODDITIES.items():
        counts: Counter[str] = Counter()
        for file in _track(files, f"whole, {name}"):
            data = progressive(file.read_bytes()) if name == "progressive" else file.read_bytes()
            odd = made_odd(data)
            try:
                check_photo(odd)
                photo = decode_photo(odd, 100_000)
            except PhotoError:
                counts["refused"] += 1
                continue
            counts["flagged"] += photo.damaged
            expected = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
            counts["other_pixels"] += max(photo.image.shape) < DECODED_LONG_SIDE_MAX and not np.array_equal(
                photo.image, np.asarray(expected)
            )
        told = {each: counts[each] for each in ("refused", "flagged", "other_pixels")}
        bound = round(upper(counts["refused"], len(files)), 5)
        yield {"whole": name, "photos": len(files), **told, "refused_at_most": bound}


def cut(files: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """How many cut photos are taken: at even places of the data, and at the last bytes."""
    for form, made in FORMS.items():
        taken, tried = 0, 0
        for file in _track(files, f"cut, {form}"):
            data = made(file.read_bytes())
            start, end = data.index(b"\xff\xda") + 14, _end(data)
            places = {*np.linspace(start, end - 1, CUTS).astype(int).tolist(), *range(end - 4, end)}
            for place in places:
                tried += 1
                try:
                    check_photo(data[:place] + END)
                    taken += 1
                except PhotoError:
                    pass
        yield {"cut": form, "files": tried, "taken": taken, "taken_at_most": round(upper(taken, tried), 6)}


def damaged(files: Sequence[Path], most_jump: float) -> Iterator[dict[str, Any]]:
    """What is left of damage in the middle. most_jump: the strongest jump of colours on a real photo."""
    rng = np.random.default_rng(SEED)
    for form, made in FORMS.items():
        for name, harm in HARMS.items():
            counts: Counter[str] = Counter()
            for file in _track(files, f"{name}, {form}"):
                data = made(file.read_bytes())
                photo, right = read_or_code(harm(data, rng)), decode_photo(data)
                if isinstance(photo, str):
                    counts["refused"] += 1
                    continue
                counts["taken"] += 1
                difference = np.abs(photo.image.astype(int) - right.image).max(axis=2)
                if photo.image.shape == right.image.shape and (difference > CHANGED).mean() > CHANGED_SHARE:
                    counts["changed"] += 1
                    counts["told"] += photo.damaged
                    counts["jump"] += jump(photo.image) > most_jump
            told = {each: counts[each] for each in ("refused", "taken", "changed", "told", "jump")}
            share = [round(each, 3) for each in interval(counts["changed"] - counts["told"], len(files))]
            yield {"damaged": name, "form": form, "files": len(files), **told, "changed_and_not_told": share}


def jump(image: np.ndarray) -> float:
    """The strongest step of the median colour, over a row of blocks of 8 × 8 pixels to the next."""
    small = cv2.resize(image, None, fx=1 / 8, fy=1 / 8, interpolation=cv2.INTER_AREA)
    colours = cv2.cvtColor(small, cv2.COLOR_BGR2YCrCb).astype(int)
    steps = np.median(colours[1:] - colours[:-1], axis=1)
    return float(np.abs(steps).sum(axis=1).max()) if len(steps) else 0.0


def cost(file: Path) -> Iterator[dict[str, Any]]:
    """Shares of processor time, on one photo set to the sizes of phones with a camera's grain; best of five."""
    networks = load_networks("pepsico_vn", 1)
    context = FactContext(own=networks.gallery.own)
    grain = np.random.default_rng(SEED)
    for width, height in ((2048, 1536), (4000, 3000)):
        pixels = np.asarray(Pillow.open(file).convert("RGB").resize((width, height)), np.float32)
        pixels = np.clip(pixels + grain.normal(0, 4, pixels.shape), 0, 255).astype(np.uint8)
        for form in FORMS:
            stream = io.BytesIO()
            Pillow.fromarray(pixels).save(stream, "JPEG", quality=88, progressive=form == "progressive")
            data = stream.getvalue()
            header, check, decode, read = (_seconds(each) for each in (
                lambda data=data: read_header(data), lambda data=data: check_photo(data),
                lambda data=data: decode_photo(data), lambda data=data: read_photo(data, networks, context),
            ))  # fmt: skip
            shares = {"header": header / read, "check": check / read, "decoding": decode / read}
            shown = {name: round(share, 4) for name, share in shares.items()}
            yield {"cost": f"{width} × {height}, {form}", "bytes": len(data), "of_reading": shown}


def _seconds(work: Callable[[], object]) -> float:
    times = []
    for _ in range(5):
        began = time.process_time()
        work()
        times.append(time.process_time() - began)
    return min(times)


def _track(files: Sequence[Path], name: str) -> Iterator[Path]:
    yield from track(files, name, console=Console(stderr=True), transient=True)


def main() -> None:
    files = sorted(file for file in require_data().rglob("*") if file.suffix.lower() in (".jpg", ".jpeg"))
    chosen = np.random.default_rng(SEED).permutation(len(files))[:SAMPLE]
    sample = [files[each] for each in sorted(chosen)]
    most_jump = max(jump(decode_photo(file.read_bytes()).image) for file in _track(files, "jumps"))
    largest = max(files, key=lambda file: file.stat().st_size)
    for part in (whole(files), cut(sample), damaged(sample, most_jump), cost(largest)):
        for line in part:
            print(json.dumps(line, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
