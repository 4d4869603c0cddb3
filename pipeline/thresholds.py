"""Every threshold of the pipeline, each with its origin. Change one, and THRESHOLDS_VERSION rises."""

from dataclasses import dataclass

THRESHOLDS_VERSION = "2026.11-1"

# Photo intake: limits of the service, chosen so that one photo needs well under 1 GB of memory.
BYTES_MAX = 15_000_000  # a 12-megapixel JPEG has 3 to 8 MB
PIXELS_MAX = 60_000_000  # phones give 12 to 50 megapixels
SIDE_MIN = 32  # pixels; nothing can be read below one stride of the detector
DECODED_LONG_SIDE_MIN = 1024  # 1.6 times the detector's 640: bilinear down to 640 does not skip pixels
DECODED_LONG_SIDE_MAX = 2560
TILING_LONG_SIDE_MIN = 2048  # fine decode for tiles of 0.625: 1280 pixels each, twice the detector's 640

# What a detection score means in a fact: `python -m training.calibrate` on 41 field photos (select and calibration) and
# on 40 rendered ones, none of which trained. The field labels leave fronts out, the rendered ones none, so both count.
SCORE_SURE = 0.79  # counts in low: least score at which low exceeds the truth on at most 2.5 % of photos, on both sets
SCORE_BEST = 0.35  # counts in best: between the least mean errors of the field set (0.20) and the rendered set (0.57)
SCORE_MAYBE = 0.08  # counts in high: truth above high on 4.9 % of field photos (as at 0.05), on none of the rendered
# Coolers: from 0.25 to 0.65 precision and recall hardly move on the field photos, and no negative shows one from 0.15.
COOLER_SURE = 0.60
COOLER_BEST = 0.40
COOLER_MAYBE = 0.15


@dataclass(frozen=True)
class Counting:
    """From which score a front, and a cooler, counts in low, in best and in high; sure >= best >= maybe.

    What serves are the defaults; `python -m training.risk` tries others to bound wrong payments.
    """

    sure: float = SCORE_SURE
    best: float = SCORE_BEST
    maybe: float = SCORE_MAYBE
    cooler_sure: float = COOLER_SURE
    cooler_best: float = COOLER_BEST
    cooler_maybe: float = COOLER_MAYBE


COUNTING = Counting()

# Share of a front's area within the cooler's box; between the two its centre decides. By geometry: both boxes together
# may be out by a quarter of a front.
INSIDE_SURE = 0.75
INSIDE_MAYBE = 0.25

# Quality, on the photo shrunk to a long side of 512 (`quality.small_grey`).
LONG_SIDE_MIN = 400  # pixels of the full photo; the field photos have 416
SHARPNESS_MIN = 45.0  # 107 good train photos blown up to 1024: 77 to 929; blurred by sigma 2: at most 24
DARK_MEAN_MAX = 45.0  # mean grey of 0..255; 107 good train photos: at least 57
DARK_P95_MAX = 110.0  # a lit cooler in a dark shop passes: the 9 train photos tagged dark have 146 and more
BRIGHT_SHARE_MAX = 0.45  # share of pixels ≥ 250; 140 train photos: at most 0.17, with glare
# Median height of the fronts in network pixels, on four rendered displays shrunk to a third: seen whole, `low` is the
# truth at 43 and more and exceeds it by up to 36 % at 39 and less; in tiles it is right within 1 % at 40 and more and
# exceeds it by up to 21 % below. Field photos: 47 and more on 14 of the calibration split.
FRONT_HEIGHT_TILED = 44.0  # as seen whole; below it: look again in tiles
FRONT_HEIGHT_MIN = 40.0  # as seen in tiles; below it: too far
# Fronts too small for any to be sure leave many faint boxes and few that count. Four rendered displays at 1/6 to 1/12
# of their size: 180 to 976 traces, 0 to 7 % of them counted; 14 calibration photos: 33 % and more counted; 13 photos
# of fruit: at most 26 traces.
SCORE_TRACE = 0.01
TRACES_MIN = 60
TRACES_COUNTED_MIN = 0.25  # share of the traces

# Duplicates.
NEAR_DUPLICATE_BITS = 31  # of 256; copies differ in fewer, other displays in 78 and more: see authenticity.py

# Layout.
ROW_GAP = 0.4  # of the median front height; 0.3 to 0.5 are equal on the 140 tagged train photos, see layout.py
ROW_GAPS = (0.2, 0.6)  # where these two see other numbers of rows, the number is not certain
