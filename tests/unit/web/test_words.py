"""No code of ours reaches a reader: each has its words in both languages."""

import re
from pathlib import Path
from typing import get_args

import pytest

from crm.audits.reviewing import Action
from crm.audits.verdicts import DecisionKind
from crm.trials.service import State
from web.i18n import texts

WEB = Path(__file__).parents[3] / "web"
SCRIPTS = "".join(path.read_text() for path in (WEB / "static").glob("*.js"))

# Families of words that a script chooses from by a code: all the codes that there are.
FAMILIES: dict[str, set[str]] = {
    "fact_": {"low", "best", "high"},
    "pack_": {"can", "bottle", "carton"},  # those of the shipped catalogues
    "outcome_": {"pass", "refuse", "review", "reverse", "pending"},
    "clause_": {"pass", "fail", "unsure"},
    "kind_of_": {"own", "new", "other", "unknown", "cooler"},
    "history_": (set(get_args(DecisionKind)) | set(get_args(Action))) - {"automatic"} | {"confirmed", "declined"},
    "history_proposed_": {"review", "reversal"},
    "second_confirm_": {"review", "reversal"},
    "trial_state_": set(get_args(State)),
    "kind_": {"award", "reversal", "other"},
}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_code_of_a_family_has_its_words(family: str, language: str) -> None:
    words = texts(language)  # type: ignore[arg-type]
    assert {f"{family}{code}" for code in FAMILIES[family]} <= words.keys()


def test_no_script_chooses_from_a_family_that_is_not_known() -> None:
    used = {
        found for path in (WEB / "static").glob("*.js") for found in re.findall(r"\bt\(`(\w+)\$\{", path.read_text())
    }
    assert used >= {"clause_", "outcome_"}
    assert used <= FAMILIES.keys()


def test_what_a_person_writes_fits_its_column() -> None:
    """Each field to write into says how much it takes; one of a number is bounded by it."""
    found = [
        tag
        for path in (WEB / "templates").glob("*.html")
        for tag in re.findall(r"<(?:input|textarea)[^>]*>", path.read_text())
    ]
    found += [
        tag
        for path in (WEB / "static").glob("*.js")
        for tag in re.findall(r'h\("(?:input|textarea)", \{[^}]*', path.read_text())
    ]
    assert len(found) > 12
    bounded = re.compile(r"""maxlength|type(="|: ")(checkbox|radio|file|number|hidden)""")
    assert [tag for tag in found if not bounded.search(tag)] == []
