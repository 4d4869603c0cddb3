"""Which language a browser asks for."""

import pytest

from api.language import prefers_chinese


@pytest.mark.parametrize(
    ("header", "chinese"),
    [
        ("", False),
        ("zh-CN,zh;q=0.9,en;q=0.8", True),
        ("en-GB,zh;q=0.9", False),
        ("zh,en", True),
        ("en,zh", False),
        ("fr;q=1, zh-TW;q=0.5", True),
        ("*", False),
        ("zh;q=0", False),
        ("zh;q=rubbish,en;q=0.1", False),
        ("," * 10_000 + "zh", False),
    ],
)
def test_the_higher_rank_wins(header: str, chinese: bool) -> None:
    assert prefers_chinese(header) == chinese
