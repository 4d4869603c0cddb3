"""docs/glossary.md has each word once, in both languages, and all that has a name in code."""

import re
from pathlib import Path

from crm.access.scope import ROLES
from crm.schema import metadata

ROOT = Path(__file__).resolve().parents[2]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text()
CHINESE = re.compile("[一-鿿]")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a row of headings."""
    table = GLOSSARY.partition(f"| {heading} |")[2].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


TERMS = rows("English | 中文 | Meaning | In code")
BANNED = {word for word, _ in rows("Word | Say")}
IN_CODE = " ".join(where for _, _, _, where in TERMS)


def test_each_term_stands_once_sorted_and_in_both_languages() -> None:
    english, chinese = [row[0] for row in TERMS], [row[1] for row in TERMS]
    assert len(english) > 100
    assert english == sorted(english, key=str.casefold)
    for names in (english, chinese):
        assert [name for name in names if names.count(name) > 1] == []
    assert [row for row in TERMS if len(row) != 4 or not all(row)] == []
    assert [name for name in chinese if not CHINESE.search(name)] == []
    assert [row for row in TERMS if CHINESE.search(row[0] + row[2])] == []


def test_all_that_has_a_name_in_code_has_a_term() -> None:
    named = {
        "table": set(metadata.tables),
        "role": set(ROLES),
    }
    for kind, names in named.items():
        assert names - set(re.findall(rf"{kind} `(\w+)`", IN_CODE)) == set(), kind


def test_all_slices_and_rooms_have_a_term() -> None:
    """Those of crm and pipeline by their path; those of the API bear the same name, or have a term of their own."""
    told = set(re.findall(r"`((?:crm|api|pipeline)/[\w/]+)", IN_CODE))
    told |= {path.rpartition("/")[0] for path in told}
    for package in ("crm", "pipeline"):
        folders = {f"{package}/{path.parent.name}" for path in (ROOT / package).glob("*/__init__.py")}
        assert folders - told == set()
    slices = {str(path.parent.relative_to(ROOT)) for path in (ROOT / "api").rglob("routes.py")}
    assert {each for each in slices if each not in told and f"crm{each[3:]}" not in told} == set()


def test_no_module_bears_a_word_of_several_meanings() -> None:
    assert {"judge", "engine", "places", "rules"} <= BANNED
    packages = ("bench", "cli", "web", "api", "crm", "pipeline", "models", "datasets", "training")
    modules = {path.relative_to(ROOT) for package in packages for path in (ROOT / package).rglob("*.py")}
    named = {path for module in modules for path in (module.with_suffix(""), *module.parents)}
    assert {str(path) for path in named if path.name in BANNED} <= {"pipeline/rules"}


def test_what_the_glossary_points_at_is_there() -> None:
    paths = re.findall(r"`((?:api|crm|models|pipeline)/[\w/]+(?:\.py)?)`", IN_CODE)
    assert len(paths) > 50
    assert [path for path in paths if not (ROOT / path).exists()] == []
