"""Every word that a page shows, in English and Chinese: a module for each workspace, `shared` for what several show.

Keys are the same in both languages by construction, and each stands in one module.
"""

from typing import Literal

from crm.catalog.naming import PACKS_ZH
from pipeline.texts import Said
from web.i18n import auditor, data, rep, shared, sign_in, stops

Language = Literal["en", "zh"]

WORKSPACES = (shared, sign_in, rep, auditor, data, stops)
_CODES: dict[str, Said] = {f"pack_{pack}": (pack, zh) for pack, zh in PACKS_ZH.items()}


def _merged() -> dict[str, Said]:
    found = dict(_CODES)
    for each in WORKSPACES:
        if twice := found.keys() & each.TEXTS.keys():
            raise ValueError(f"{each.__name__} says again: {', '.join(sorted(twice))}")
        found |= each.TEXTS
    return found


_TEXTS = _merged()
_PLACE: dict[Language, int] = {"en": 0, "zh": 1}


def texts(language: Language) -> dict[str, str]:
    """All texts of one language by key; `{name}` marks a place that the page fills."""
    place = _PLACE[language]
    return {key: both[place] for key, both in _TEXTS.items()}
