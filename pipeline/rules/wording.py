"""What a decision says to people, in English and Chinese."""

from pipeline.interval import OPEN, Interval
from pipeline.rules.syntax import Comparison
from pipeline.texts import Said
from pipeline.vocabulary import FLAGS, Names, Parts, kind_of, label

_NEEDED: dict[str, tuple[str, str]] = {
    ">=": ("at least {} needed", "至少需要 {}"),
    ">": ("more than {} needed", "需要多于 {}"),
    "<=": ("at most {} allowed", "最多允许 {}"),
    "<": ("fewer than {} allowed", "必须少于 {}"),
    "==": ("exactly {} needed", "必须正好 {}"),
    "!=": ("any number but {} allowed", "不能是 {}"),
    "in": ("needed: {}", "要求：{}"),
    "not in": ("not allowed: {}", "不允许：{}"),
}
_IS_SO = ((">=", 1), ("==", 1), (">", 0))
# How to show what a task asks for, where the photo shows it not to be so.
_SHOW: dict[Parts, Said] = {
    ("cooler", "present"): ("show the whole cooler in the photo", "请拍到整个冰柜"),
    ("scene", "cooler"): ("show the cooler with its products", "请拍摄冰柜及柜内商品"),
    ("scene", "rack"): ("show the rack with its products", "请拍摄货架及架上商品"),
}


def advise(comparison: Comparison, interval: Interval, names: Names, *, sure: bool) -> Said:
    """What was seen, needed and missing, for `fact operator number`; `sure` where it fails for sure."""
    path = comparison.terms[0][0]
    name_en, name_zh = label(path, names)
    if path in FLAGS and (comparison.operator, *comparison.values) in _IS_SO:
        return _advise_flag(path, interval, (name_en, name_zh), sure=sure)
    seen_en, seen_zh = _seen(path, interval)
    need_en, need_zh = _NEEDED[comparison.operator]
    value_en, value_zh = _values(path, comparison)
    en = f"{name_en}: {seen_en}, {need_en.format(value_en)}"
    zh = f"{name_zh}：{seen_zh}，{need_zh.format(value_zh)}"
    if not sure:
        return f"{en}: the photo does not settle it", f"{zh}，照片上无法确定"
    gap = _gap(comparison, interval)
    if gap is None:
        return en, zh
    gap_en, gap_zh = _amount(path, abs(gap), points=True)
    if gap > 0:
        return f"{en}: {gap_en} short", f"{zh}，还差 {gap_zh}"
    return f"{en}: {gap_en} too many", f"{zh}，多出 {gap_zh}"


def _advise_flag(path: Parts, interval: Interval, name: Said, *, sure: bool) -> Said:
    if sure:
        show = _SHOW.get(path, ("retake the photo", "请重新拍摄"))
        return f"{name[0]}: none seen: {show[0]}", f"{name[1]}：未看到，{show[1]}"
    seen = ("perhaps", "可能有") if interval.best >= 1 else ("perhaps not", "可能没有")
    return f"{name[0]}: {seen[0]}: the photo does not settle it", f"{name[1]}：{seen[1]}，照片上无法确定"


def _seen(path: Parts, interval: Interval) -> Said:
    (best_en, best_zh), (low, _), (high, _) = (
        _amount(path, value) for value in (interval.best, interval.low, interval.high)
    )
    if interval.is_exact:
        return f"{best_en} seen", f"看到 {best_zh}"
    return f"{best_en} seen ({low}–{high})", f"看到 {best_zh}（{low}–{high}）"


def _values(path: Parts, comparison: Comparison) -> Said:
    texts = [_amount(path, float(value)) for value in comparison.values]
    if len(texts) == 1:
        return texts[0]
    if ".." in comparison.text:
        return f"{texts[0][0]} to {texts[1][0]}", f"{texts[0][1]} 到 {texts[1][1]}"
    return ", ".join(en for en, _ in texts), "、".join(zh for _, zh in texts)


def _amount(path: Parts, value: float, *, points: bool = False) -> Said:
    """A count as '4' and '4 个', a ratio as '42%' (a difference of ratios: '8 points')."""
    if kind_of(path) == "ratio":
        text = f"{value * 100:.1f}".removesuffix(".0")
        return (f"{text} points", f"{text} 个百分点") if points else (f"{text}%", f"{text}%")
    if value >= OPEN:
        return "∞", "∞"
    text = f"{value:g}"
    return text, f"{text} 层" if path == ("rows", "count") else f"{text} 个"


def _gap(comparison: Comparison, interval: Interval) -> float | None:
    """How much is missing by the estimate (negative: too much); None where that has no one answer."""
    value = float(comparison.values[0])
    whole = kind_of(comparison.terms[0][0]) == "count"
    best = interval.best
    gaps: dict[str, float] = {
        ">=": value - best,
        ">": value - best + (1 if whole else 0),
        "<=": value - best,
        "<": value - best - (1 if whole else 0),
        "==": value - best,
    }
    gap = gaps.get(comparison.operator)
    return gap if gap and abs(gap) > 1e-9 else None


def yuan(fen: int) -> str:
    """Fen as yuan with two decimals: `yuan(250)` is '¥2.50'."""
    return f"¥{fen // 100}.{fen % 100:02d}"
