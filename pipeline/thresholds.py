"""Every threshold of the pipeline, each with its origin. Change one, and THRESHOLDS_VERSION rises."""

from dataclasses import dataclass

THRESHOLDS_VERSION = "2026.11-9"

# Photo intake: limits of the service, chosen so that one photo needs well under 1 GB of memory.
BYTES_MAX = 15_000_000  # a 12-megapixel JPEG has 3 to 8 MB
PIXELS_MAX = 60_000_000  # phones give 12 to 50 megapixels
SIDE_MIN = 32  # pixels; nothing can be read below one stride of the detector
DECODED_LONG_SIDE_MIN = 1024  # 1.6 times the detector's 640: bilinear down to 640 does not skip pixels
DECODED_LONG_SIDE_MAX = 2560
# For the closer pass, at 1024 and 1280 pixels; a phone's 4,000 pixels are halved. For the names: a
# front that the detector sees 44 pixels high has 132 here, and the embedder sees 128.
CLOSER_LONG_SIDE_MIN = 1920

# What a detection score means in a fact: `python -m training.calibrate` on 41 field photos (select and calibration),
# with the fronts that their labels leave out (datasets/unboxed_fronts.csv), and on 40 rendered ones; none trained.
SCORE_SURE = 0.82  # counts in low; low exceeds the truth on 2.5 % of both sets at 0.80, on 2.5 % and none from here on
SCORE_BEST = 0.50  # counts in best: between the least mean errors of the rendered set (0.40) and the field set (0.55)
SCORE_MAYBE = 0.06  # counts in high; at 0.08 the truth exceeds high on 2.5 % of the field set, at 0.06 on none of both
# Goods that the detector does not know score low. On 17 boxed shop photos, read by two detectors trained as the
# shipped one without these shelves (commit cfcb069, `shelfproof train detector_shop_folds`), the strong scores, the
# quantile of those that may count, are below STRONG_SCORE_MIN on 15, and the weak ones, which do not count in best, are
# a share of 0.40 and more on all. Of 41 field photos (select and calibration) 1 is below the one or above the other, of
# 140 that trained it 4, of 40 rendered ones 7, at the first pass (`python -m training.out_of_distribution`). There the
# general detector's fronts count. Its manifest puts 0.25, 0.44 and 0.80 of its own scores at SCORE_MAYBE, BEST and
# SURE: on shelves that two shorter trainings of it never saw (`python -m training.unknown_shops`) counts err least from
# 0.42 to 0.46, all of 17 reach the truth from 0.30 (less, since of rendered and field photos more is missed), and 96 %
# are fronts, or unclear, from 0.80.
STRONG_SCORE_MIN, STRONG_SCORE_QUANTILE = 0.83, 0.9
WEAK_SHARE_MAX = 0.35
# And only where a display's least number of fronts, three, score as much: on the folds' shelves the third best front
# scores 0.47 and more, on clutter 0.46 and less, with one exception. Without it the general detector made displays of
# 20 of 120 rendered photos that show none.
OOD_SEEN_MIN = 0.42
# Coolers: the 31 found on the 41 field photos score 0.84 and more, false ones 0.74 and less; of the 40 rendered photos
# false ones, racks with a header, score up to 0.898. On 2,000 rendered displays of `training.risk` 42 false ones reach
# 0.90 and 6 reach 0.93, of 30 found on field photos 27 and 23.
COOLER_SURE = 0.93
COOLER_BEST = 0.79
COOLER_MAYBE = 0.15


CERTAINTIES = ("sure", "likely", "maybe")


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

    def certainty(self, score: float, cooler: bool) -> str | None:
        """`sure`, `likely` or `maybe`: a box of that score counts in low, in best, in high; None: nowhere."""
        bounds = (
            (self.cooler_sure, self.cooler_best, self.cooler_maybe) if cooler else (self.sure, self.best, self.maybe)
        )
        return next((word for word, bound in zip(CERTAINTIES, bounds, strict=True) if score >= bound), None)


COUNTING = Counting()

# Share of a front's area within the cooler's box; between the two its centre decides. By geometry: both boxes together
# may be out by a quarter of a front.
INSIDE_SURE = 0.75
INSIDE_MAYBE = 0.25

# Quality, on the photo shrunk to a long side of 512 (`intake.grey`).
LONG_SIDE_MIN = 400  # pixels of the full photo; the field photos have 416
SHARPNESS_MIN = 45.0  # 107 good train photos blown up to 1024: 77 to 929; blurred by sigma 2: at most 24
# By `python -m training.quality`: twelve rendered displays, spoiled by degrees; a reading is spoiled where over 5 % of
# the fronts are lost or surely misnamed, beyond the clean photo's. Measured over the fronts, where three are seen.
FRONT_SHARPNESS_MIN = 80.0  # all spoiled by blur: at most 74; 107 train photos tagged ok: at least 406
DARK_MEAN_MAX = 35.0  # mean grey; spoiled by darkness: at most 14 (doubled: the rendered noise is mild); tagged ok: 58
DARK_P95_MAX = 70.0  # spoiled: at most 30; tagged ok: at least 143
BRIGHT_SHARE_MAX = 0.2  # share of pixels ≥ 250; 11 of 12 spoiled by light have more; tagged ok: at most 0.09
ROLL_MAX_DEG = 12.0  # all spoiled by a turn: at least 12.5; train photos tagged ok: at most 6.5
# Median height of the fronts in network pixels. On four rendered displays shrunk to a third an earlier detector's `low`
# at the first pass is the truth at 43 and more and exceeds it by up to 36 % at 39 and less; at a closer one, then in
# tiles, it was right within 1 % at 40 and more. Field photos: 47 and more on 14 of the calibration split. On 32
# rendered photos of 25 to 1,186 fronts, read by detector 3 as now, `low` is below the truth on all.
FRONT_HEIGHT_CLOSER = 44.0  # at the first pass; below it: a closer pass
CLOSER = 1.6  # times as large as at the first pass: 2.6 times its work
FRONT_HEIGHT_MIN = 40.0  # at the closer pass; below it: too far. Seen from farther away: not sure
# Large fronts are taken apart, or missed: `python -m training.detection_passes`. Seen so that they are some 100 high
# the general detector errs by 0.14 to 0.21 instead of 0.23 to 0.37 (mean log error of the count), the detector by 0.032
# instead of 0.037, with as much in low (at 80: less, so that less would be paid); on 251 displays of pilot and
# calibration low exceeds the truth on 4 instead of 8. Heights of 120 to 160, and of 60 to 120 at the second pass, were
# about as good. A few steps, since each is a shape of its own to the inference engine.
FRONT_HEIGHT_FARTHER = 140.0  # at the first pass; above it: one from farther away
FRONT_HEIGHT_MEANT = 100.0  # as they are best seen then
FARTHER = (0.7, 0.5, 0.35)  # times as large: the one that comes nearest
# Fronts too small for any to be sure leave many faint boxes and few that count. Four rendered displays at 1/6 to 1/12
# of their size: 180 to 976 traces, 0 to 7 % of them counted; 14 calibration photos: 33 % and more counted; 13 photos
# of fruit: at most 26 traces.
SCORE_TRACE = 0.01
TRACES_MIN = 60
TRACES_COUNTED_MIN = 0.25  # share of the traces
# And only where the traces' median height is below FRONT_HEIGHT_MIN: rendered displays at 1/3 to 1/12 of their size,
# set side by side, leave traces of 19 to 45 pixels (more where a whole rack is taken for one front); two near shelves
# of unknown goods with as few counted, 42 and 55.

# Duplicates.
NEAR_DUPLICATE_BITS = 31  # of 256; copies differ in fewer, other displays in 78 and more: see perceptual_hash.py
# Altered copies (`python -m training.copies`, docs/copies.md). No fact rests on these, and no verdict: they raise no
# THRESHOLDS_VERSION, since a reading taken with others is the same reading.
FRAME_SHARE_MAX = 0.3  # of a side that a frame may take: more is no photo of a display
FRAME_SPREAD_MAX = 3.0  # grey values within a frame's line, and from line to line: JPEG at quality 30 leaves 2
FRAME_JUMP_MIN = 12.0  # grey values between a frame and the picture
# Pairs of words. Of 240 photos altered twice (24 displays that are not measured) one has fewer; of 20,000 photos of
# other displays a photo meets eighteen that have as many, on average, and at the median one or two.
COPY_VOTES_MIN = 6
# Photos that are compared with one, those with most pairs of words first. Of 1,186 copies of 60 field photos, each
# altered in one way, an estimated 0.25 % have more others before their original among 300,000 photos of 90 days, none
# among 30,000, 1.3 % among 1,000,000: docs/copies.md.
COPY_CANDIDATES_MAX = 64
COPY_POINTS_MIN = 8  # that one homography takes along: four make any
COPY_AREA_MIN = 0.4  # of one of both pictures
# Of the same one, between the points that agree. Of 4,000 photos 22 were held where this was not asked, since a brand's
# word is as large on a header as on a close view of another display: there it is 0.14 at most. On the tuned copies it
# is 0.29 at least, on crops to half of each side 0.25.
COPY_SPREAD_MIN = 0.2
# On tuned copies of 16 displays that are not measured the places agree on 0.78 and more, on second visits to them on
# 0.45 at most, and on 0.71 where the photographer stands at the same spot.
COPY_BLOCK_MIN = 0.95  # correlation of the grey values around a place that shows the same
COPY_AGREEMENT_MIN = 0.65  # share of the places with any drawing

# Layout: `python -m training.layout`. Chosen on true boxes of the 140 tagged train photos and on rendered photos (seeds
# from 300,000); all of them are flat around what stands here.
ROW_GAP = 0.4  # of the median front height: feet that jump by more stand on another shelf; 0.3 to 0.5 are equal
ROW_GAPS = (0.2, 0.6)  # where these two see other numbers of rows, the number is not certain
LONE_SHARE = 0.2  # of the median number of fronts a tier: fewer are no row in the best estimate; 0.12 to 0.25 are equal
# Room between two tiers of fronts in heights of the lower one, as the median over the fronts one above the other: tiers
# of a stack -0.15 to 0.05, shelves 0.05 and more (train, select and calibration).
STACK_SURE = -0.04
STACK_BEST = 0.02
STACK_MAYBE = 0.08
# By how much of a slot's width a gap may fall short and still hold a slot. best: least mean error on the rendered
# photos, 0.97 slots of 1.65; sure and maybe: the true number of empty slots lies between on all 40.
SLOT_SURE = 0.0
SLOT_BEST = 0.4
SLOT_MAYBE = 0.6
WIDTH_ERROR = 0.1  # of each front's width in the linear share: 0.05 covers all 36 rendered displays, without it 81 %
# By convention, since no photo tells a height in metres: between waist and eyes (1.1 to 1.6 m) are the second and the
# third of four and more rows of a cabinet, and the two upper ones of fewer.
EYE_LEVEL_FEW = 3  # rows, up to which eye level begins at the top one
EYE_LEVEL_FIRST = 2  # row at which it begins else; it is two rows high

# Scene. A photo with fewer fronts shows no display; three is the least that a display task asks for.
SCENE_FRONTS_MIN = 3
SCENE_INSIDE_MIN = 0.5  # of the fronts stand in a cooler: the majority; train: all or none on 138 of 140

# Doubts: what a photo shows only in part (`doubts.py`), on the same displays and train photos.
CUT_GAP_MIN = 0.1  # of a front's size, to the edge: 63 of 75 crops that hide fronts, 26 of 576 sides of whole displays
BLOWN_GREY = 250  # no drawing is left
BLOWN_SIZE_MIN = 0.1  # of a front's area; smaller ones are highlights
GLARE_SHARE_MIN = 0.3  # of a front: below, 1.4 % of the names are surely wrong as without glare; from 0.5 on, 58 %
# Of a front's width and height. Of 48 photos with a tenth of the picture blown out, or less, 12 have more fronts than
# `high`, none with the hidden ones; 4 % of the train photos tagged ok have such a place (0.5: 8 %, 0.4: 9 %).
HIDING_SIZE_MIN = 0.6

# References of a new SKU (pipeline/enrol/references.py, pipeline/enrol/enrolment.py).
REFERENCES_MIN, REFERENCES_MAX = 3, 10  # pictures: docs/vision.md, new SKUs by number of references
REFERENCE_HEIGHT_MIN = 40  # pixels of the front; 5 % of the fronts that made the shipped gallery are lower than 38
REFERENCE_SHARPNESS_MIN = 6.2  # 250 train fronts: 7.5 and more; blurred by sigma = height / 25: at most 6.1
REFERENCE_COPY_BITS = 56  # of 256; fronts at 80 % size and JPEG 60: 99 % differ in at most 56, two of a SKU in 70
REFERENCE_RIVAL = 0.8  # of the best front's prominence: another one this prominent makes the choice doubtful
# The detector knows fronts of some 50 to 150 network pixels; one that fills the picture it sees once the picture is set
# in grey four times as wide and high. 100 train fronts as crops: 88 % found, of which 98 % fill 0.63 and more of the
# crop. 60 photos of one or two large bottles: the right one is cut out of half, the whole picture taken of a third.
REFERENCE_SETTING = 4
REFERENCE_FRONT_MIN = 0.08  # of the picture's area; the large bottles fill 0.08 and more of their photos
REFERENCE_WHOLE_MIN = 0.6  # from here on the picture is a crop already, and whoever cropped it knows better
