"""What a flag says to the rep, and how far it reaches.

A flag without `scope` is of the whole photo: it sends to a person. A flag with `scope` has widened the facts that it
names (`facts.widen`; `top_unseen` in `facts.layout.read_rows`), and sends to a person only what these leave unsure: a
photo whose top is cut off still shows six fronts, but neither that there is no seventh nor how many rows there are.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipeline.vocabulary import SHELF_POSITIONS, Parts

FLAGS = {
    "too_small": (
        "The photo has too few pixels: use the camera's normal resolution.",
        "照片像素太低：请用相机正常分辨率拍摄。",
    ),
    "damaged": (
        "Part of the photo may be damaged: send it again, or take it again.",
        "照片数据可能有部分损坏：请重新上传或重拍。",
    ),
    "blurry": (
        "The photo is blurred: hold still and take it again.",
        "照片模糊：请拿稳后重拍。",
    ),
    "dark": (
        "The photo is too dark: add light or use the flash.",
        "照片太暗：请补光或打开闪光灯后重拍。",
    ),
    "overexposed": (
        "The photo is overexposed: avoid the light or the reflection.",
        "照片过曝：请避开强光或反光后重拍。",
    ),
    "tilted": (
        "The photo is tilted: hold the phone upright.",
        "照片倾斜：请端正手机后重拍。",
    ),
    "count_incomplete": (
        "More fronts than can be counted: take it in parts.",
        "陈列面太多，无法数全：请分段拍摄。",
    ),
    "too_far": (
        "The products are too small on the photo: step closer.",
        "商品在照片中太小：请走近后重拍。",
    ),
    "cut_top": (
        "The display is cut off at the top: step back until the top row is whole.",
        "陈列顶部未拍全：请后退，拍到完整的最上层。",
    ),
    "cut_right": (
        "The display is cut off on the right: step back or turn right.",
        "陈列右侧未拍全：请后退或向右移动镜头。",
    ),
    "cut_bottom": (
        "The display is cut off at the bottom: step back until the lowest row is whole.",
        "陈列底部未拍全：请后退，拍到完整的最下层。",
    ),
    "cut_left": (
        "The display is cut off on the left: step back or turn left.",
        "陈列左侧未拍全：请后退或向左移动镜头。",
    ),
    "top_unseen": (
        "Which shelf is the first can be told only below a cooler's top: show it. On a rack a person checks the shelf.",
        "只有拍到冰柜顶部才能判断第几层：请拍进冰柜顶部；货架的层数由人工核对。",
    ),
    "glare": (
        "A reflection hides part of the display: take it from a little aside, without flash.",
        "反光遮住部分陈列：请关闭闪光灯，稍微侧一点重拍。",
    ),
    "exact_duplicate": (
        "This very photo was sent before.",
        "这张照片之前已经上传过。",
    ),
    "near_duplicate": (
        "A photo nearly equal to this was sent before.",
        "之前上传过几乎相同的照片。",
    ),
}

_COUNTED = ("facings", "share", "cooler", *SHELF_POSITIONS)
_IN_COOLER = ("facings", "own_facings", "outside", "purity", "filled", "empty", "slots", "fill")
# The facts, or groups of facts, that a flag makes doubtful; a flag that is not here is of the whole photo.
SCOPES: dict[str, tuple[str, ...]] = {
    "cut_top": (*_COUNTED, "scene", "rows"),
    "cut_right": (*_COUNTED, "scene", "rows.empty"),
    "cut_bottom": (*_COUNTED, "scene", "rows"),
    "cut_left": (*_COUNTED, "scene", "rows.empty"),
    "top_unseen": tuple(SHELF_POSITIONS),
    "glare": ("facings", "share", *SHELF_POSITIONS, "rows.empty", *(f"cooler.{part}" for part in _IN_COOLER)),
}


def flag(code: str) -> dict[str, Any]:
    """A flag as it stands in a reading: code, what to do in English and Chinese, and its scope where it has one."""
    english, chinese = FLAGS[code]
    said: dict[str, Any] = {"code": code, "en": english, "zh": chinese}
    return {**said, "scope": list(SCOPES[code])} if code in SCOPES else said


def of_whole_photo(flags: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The flags that send to a person whatever the clauses say."""
    return [each for each in flags if not each.get("scope")]


def touching(flags: Sequence[Mapping[str, Any]], paths: Iterable[Parts]) -> list[Mapping[str, Any]]:
    """The flags that have made one of these facts doubtful."""
    dotted = [".".join(path) + "." for path in paths]
    return [
        each for each in flags if any(path.startswith(f"{name}.") for name in each.get("scope", ()) for path in dotted)
    ]
