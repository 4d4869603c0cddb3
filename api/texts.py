"""The texts of requests: JSON may say a zero byte or half a character, which no database takes, nor any answer."""

import re
from typing import Any

from pydantic_core import PydanticCustomError

_NO_TEXT = re.compile("[\0\ud800-\udfff]")


def checked_texts(given: Any) -> Any:
    """What JSON gave, as it is; a fault where a text within, however deep, is none."""
    rest = [given]
    while rest:
        part = rest.pop()
        if isinstance(part, dict):
            rest += [*part, *part.values()]
        elif isinstance(part, list):
            rest += part
        elif isinstance(part, str) and _NO_TEXT.search(part):
            raise PydanticCustomError("string_unicode", "no zero byte and no half character may stand in a text")
    return given
