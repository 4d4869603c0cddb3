"""A text in two languages is one value, however it is stored."""

from types import SimpleNamespace

from pipeline.texts import Text, text_in, text_of


def test_the_other_language_stands_for_one_that_nobody_wrote() -> None:
    assert text_of(SimpleNamespace(name="Cola", name_zh=""), "name") == Text("Cola", "Cola")
    assert text_of(SimpleNamespace(name="", name_zh="可乐"), "name") == Text("可乐", "可乐")
    assert text_of(SimpleNamespace(name="Cola", name_zh="可乐"), "name") == Text("Cola", "可乐")


def test_stored_texts_are_read_in_both_forms() -> None:
    assert text_in({"label": {"en": "Six", "zh": "六"}}, "label") == Text("Six", "六")
    assert text_in({"label_en": "Six", "label_zh": "六"}, "label") == Text("Six", "六")
    for wrong in ({}, {"label": "Six"}, {"label": {"en": "Six"}}, {"label": None}):
        assert text_in(wrong, "label") is None
