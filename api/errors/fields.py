"""What is wrong with the fields of a request, in both languages: Pydantic's own texts are English alone.

A field is called as people call it; `field` keeps the name that a program sent. Here stand
the names that several slices share; those of one slice stand in its `errors.py`, which registers them.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from pipeline.texts import Said

# By Pydantic's type of error; {…}: what its context names. `test_validation` holds them against all request models.
TEXTS_ZH = {
    "missing": "必填",
    "extra_forbidden": "没有此字段",
    "model_type": "须为 JSON 对象",
    "model_attributes_type": "须为 JSON 对象",
    "dict_type": "须为 JSON 对象",
    "list_type": "须为列表",
    "invalid_key": "键须为文本",
    "too_short": "至少须有 {min_length} 项",
    "too_long": "最多 {max_length} 项",
    "string_type": "须为文本",
    "string_unicode": "不是有效文本",
    "string_too_short": "至少 {min_length} 个字符",
    "string_too_long": "最多 {max_length} 个字符",
    "string_pattern_mismatch": "格式不正确",
    "bool_type": "须为 true 或 false",
    "bool_parsing": "须为 true 或 false",
    "int_type": "须为整数",
    "int_parsing": "须为整数",
    "int_parsing_size": "数字过大",
    "int_from_float": "须为整数",
    "float_type": "须为数字",
    "float_parsing": "须为数字",
    "finite_number": "须为有限的数字",
    "greater_than": "须大于 {gt}",
    "greater_than_equal": "须不小于 {ge}",
    "less_than": "须小于 {lt}",
    "less_than_equal": "须不大于 {le}",
    "literal_error": "须为 {expected}",
    "datetime_type": "不是有效时间",
    "datetime_parsing": "不是有效时间",
    "datetime_from_date_parsing": "不是有效时间",
    "datetime_object_invalid": "不是有效时间",
    "timezone_aware": "缺少时区偏移",
    "date_type": "不是有效日期",
    "date_parsing": "不是有效日期",
    "date_from_datetime_parsing": "不是有效日期",
    "date_from_datetime_inexact": "不是有效日期",
    "time_shape": "请填写日期、时间和时区偏移，例如 2026-11-23T08:30:00+08:00",
    "day_shape": "请填写日期，例如 2026-11-23",
    "time_range": "年份须为 {first} 至 {last}",
    "repeated": "只能填写一次",
    "plain_digits": "须为整数，只用数字",
}

FIELD_NAMES: dict[str, Said] = {
    "code": ("code", "编码"),
    "name": ("name", "名称"),
    "name_zh": ("Chinese name", "中文名称"),
    "en": ("in English", "英文"),
    "zh": ("in Chinese", "中文"),
    "brand_id": ("brand", "品牌"),
    "outlet_id": ("outlet", "网点"),
    "reason": ("reason", "理由"),
    "kind": ("kind", "类型"),
    "after": ("cursor", "翻页标记"),
    "limit": ("number of lines", "行数"),
    "state": ("state", "状态"),
    "idempotency-key": ("Idempotency-Key", "Idempotency-Key"),
}  # fmt: skip

_TOLD_MAX = 3  # more would not be read


def register_fields(names: Mapping[str, Said]) -> None:
    """Add the fields of a slice. ValueError where a name is there already: it is called in one way."""
    if twice := FIELD_NAMES.keys() & names.keys():
        raise ValueError(f"registered twice: {', '.join(sorted(twice))}")
    FIELD_NAMES.update(names)


def faults_of(found: Iterable[Mapping[str, Any]]) -> list[tuple[str, str, Said]]:
    """Field, code and text of each of Pydantic's errors. The value itself is left out: it may be a password."""
    return [(".".join(map(str, each["loc"])), each["type"], _text(each)) for each in found]


def summed_up(faults: list[tuple[str, str, Said]]) -> Said:
    """The first of them in one sentence, and how many more there are."""
    texts, more = [text for _, _, text in faults[:_TOLD_MAX]], len(faults) - _TOLD_MAX
    texts += [(f"{more} more", f"另有 {more} 处")] if more > 0 else []
    return "; ".join(en for en, _ in texts), "；".join(zh for _, zh in texts)


def _text(found: Mapping[str, Any]) -> Said:
    names = [_name(part) for part in found["loc"][1:]]
    context = {name: str(value).replace(" or ", " 或 ") for name, value in (found.get("ctx") or {}).items()}
    zh = TEXTS_ZH.get(found["type"], "格式或取值有误").format_map(context)
    if not names:
        return f"the request: {found['msg']}", f"请求内容{zh}"
    return f"{', '.join(en for en, _ in names)}: {found['msg']}", f"{'，'.join(zh for _, zh in names)}：{zh}"


def _name(part: str | int) -> Said:
    """A field by its name, an item of a list by its number from 1; an unknown one as it was sent."""
    if isinstance(part, int):
        return f"no. {part + 1}", f"第 {part + 1} 项"
    return FIELD_NAMES.get(part, (part[:60], part[:60]))
