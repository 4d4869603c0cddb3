"""Both languages say everything, and every word that the pages ask for is there."""

import re
from pathlib import Path

from web.i18n import WORKSPACES, texts

WEB = Path(__file__).parents[3] / "web"
CJK = re.compile("[\u4e00-\u9fff]")


def test_both_languages_have_all_keys_and_places() -> None:
    english, chinese = texts("en"), texts("zh")
    assert set(english) == set(chinese)
    for key, text in english.items():
        assert text.strip(), key
        assert chinese[key].strip(), key
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", chinese[key])), key
        assert key == "other_language" or not CJK.search(text), key
        assert key in ("app_name", "other_language") or CJK.search(chinese[key]), key


def test_each_word_stands_in_one_module() -> None:
    modules = {path.stem for path in (WEB / "i18n").glob("*.py")} - {"__init__"}
    assert {each.__name__.rpartition(".")[2] for each in WORKSPACES} == modules
    assert sum(len(each.TEXTS) for each in WORKSPACES) == len(set().union(*(each.TEXTS for each in WORKSPACES)))


def used() -> set[str]:
    templates = "".join(path.read_text() for path in (WEB / "templates").glob("*.html"))
    scripts = "".join(path.read_text() for path in (WEB / "static").glob("*.js"))
    found = set(re.findall(r"\bt\.(\w+)", templates)) | set(re.findall(r'\bt\("(\w+)"', scripts))
    found |= set(re.findall(r'words\["(\w+)"\]', (WEB / "pages.py").read_text()))
    chosen = re.findall(r't\([^")]+\? "(\w+)" : "(\w+)"\)', scripts)
    return found | {key for pair in chosen for key in pair}


def test_every_word_that_a_page_asks_for_is_there() -> None:
    assert len(used()) > 60
    assert used() <= set(texts("en"))


def test_no_word_is_left_over() -> None:
    families = (
        "outcome_",
        "clause_",
        "fact_",
        "history_",
        "kind_",
        "pack_",
        "pack_",
        "page_",
        "second_confirm_",
        "trial_state_",
    )
    left = {key for key in set(texts("en")) - used() if not key.startswith(families)}
    assert left == set()


def test_pages_hold_nothing_inline_and_nothing_from_elsewhere() -> None:
    for path in [*(WEB / "templates").glob("*.html"), *(WEB / "static").iterdir()]:
        text = path.read_text()
        assert not re.search(r"""\s(style|on\w+)=["']""", text) or path.suffix == ".js", path
        assert not re.search(r"(src|href|from|url\()\W*https?://", text), path
        for script in re.findall(r"<script[^>]*>", text):
            assert "src=" in script or "application/json" in script, path
        assert "innerHTML" not in text, path
