"""Going through the words of an expression, one after the other: what its readers have in common."""

from collections.abc import Sequence

from pipeline.rules.expression import Token


class OtherFormError(Exception):
    """The expression is not of the form that is read."""


class Descent:
    """The words, and how far they are read. For a reader by recursive descent."""

    def __init__(self, words: Sequence[Token]) -> None:
        self._words, self._at = words, 0

    def _peek(self, ahead: int = 0) -> str | None:
        at = self._at + ahead
        return self._words[at].text if at < len(self._words) else None

    def _next(self) -> Token:
        if self._at >= len(self._words):
            raise OtherFormError
        self._at += 1
        return self._words[self._at - 1]

    def _accept(self, text: str) -> bool:
        if self._peek() != text:
            return False
        self._at += 1
        return True

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise OtherFormError

    def _end(self) -> None:
        if self._at < len(self._words):
            raise OtherFormError
