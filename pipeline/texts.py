"""What is said to people, in the two languages that there are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Said = tuple[str, str]
"""English and Chinese, as code writes them and hands them on."""


@dataclass(frozen=True, slots=True)
class Text:
    """One text in English and Chinese. As JSON `{"en": …, "zh": …}`: one field, whatever it is the name or label of.

    What cannot nest, such as a column of a database or of a table, has two: `name` in English, and `name_zh`.
    """

    en: str
    zh: str

    def __iter__(self) -> Iterator[str]:
        yield from (self.en, self.zh)

    def as_dict(self) -> dict[str, str]:
        """Ready for JSON."""
        return {"en": self.en, "zh": self.zh}


def text_of(flat: Any, name: str) -> Text:
    """The text that `flat` has in its attributes `name` and `name_zh`; where one is empty the other stands for it."""
    en, zh = str(getattr(flat, name)), str(getattr(flat, f"{name}_zh"))
    return Text(en or zh, zh or en)


def text_in(data: Mapping[str, Any], name: str) -> Text | None:
    """The text under `name` in stored JSON; what was stored before this form says `name_en` and `name_zh`. None where
    there is none, or none of this form."""
    both = data.get(name, {"en": data.get(f"{name}_en"), "zh": data.get(f"{name}_zh")})
    if not isinstance(both, Mapping):
        return None
    en, zh = both.get("en"), both.get("zh")
    return Text(en, zh) if isinstance(en, str) and isinstance(zh, str) else None
