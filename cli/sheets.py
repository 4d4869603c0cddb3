"""Tables in an operator's files: CSV as spreadsheets save it, read row by row, with a line for each fault.

UTF-8 with or without a byte order mark, UTF-16, or GB18030, as a Chinese Excel saves it; comma, semicolon or tab.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

FAULTS_TOLD = 50
BYTES_MAX = 64 << 20
DELIMITERS = ",;\t"
YEARS = range(2000, 2101)
_NUMBER = re.compile(r"-?\d{1,3}(\.\d{1,15})?", re.ASCII)
_DAY = re.compile(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})", re.ASCII)
_SHORTENED = re.compile(r"\d(\.\d+)?E\+\d+", re.ASCII | re.IGNORECASE)
_FORMULA_FAILED = re.compile(r"#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!)")
_NO_TEXT = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_YES_NO = {"yes": True, "no": False, "true": True, "false": False, "是": True, "否": False}


class CellError(ValueError):
    """Why a cell cannot be taken, and what to do."""


@dataclass(frozen=True)
class Column:
    """A column of a table. names: header words that mean it, the first is how it is told; `read` makes a value of a
    cell's text, or raises CellError. `needed`: it stands in the header, and no cell of it is empty; an empty cell of
    another is `blank`."""

    field: str
    names: tuple[str, ...]
    read: Callable[[str], Any]
    needed: bool = False
    blank: Any = ""


@dataclass
class Faults:
    """What is wrong with a file: the first 50 in full, of the others their number."""

    file: Path
    lines: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, line: int, column: str, told: str) -> None:
        """Note one; `column` may be ''."""
        self.count += 1
        if self.count <= FAULTS_TOLD:
            self.lines.append(f"{self.file}:{line}: {column + ': ' if column else ''}{told}")

    def __bool__(self) -> bool:
        return self.count > 0


class FileFaultsError(ValueError):
    """A file of which nothing was taken; `lines` say why."""

    def __init__(self, faults: Faults) -> None:
        more = faults.count - len(faults.lines)
        self.lines = [
            *faults.lines,
            *([f"and {more} more"] if more else []),
            f"nothing was imported: mend {faults.count} fault{'s' if faults.count > 1 else ''} in {faults.file}",
        ]
        super().__init__(self.lines[-1])


@dataclass(frozen=True)
class Sheet:
    """A file's text, and how that was told: `encoding`, `delimiter`. `skipped`: lines before the header."""

    file: Path
    text: str
    encoding: str
    delimiter: str
    skipped: int

    def rows(self, columns: Sequence[Column], faults: Faults) -> Iterator[tuple[int, dict[str, Any]]]:
        """Line and values of each row without fault, by `Column.field`; only columns that the header has. What is wrong
        goes to `faults`. Empty rows count for nothing."""
        reader = csv.reader(io.StringIO(self.text, newline=""), delimiter=self.delimiter, strict=True)
        seen: dict[str, int] = {}
        try:
            places = _places(next(reader, []), columns, faults, self.skipped + 1)
            while places:
                line = self.skipped + reader.line_num + 1
                cells = next(reader, None)
                if cells is None:
                    return
                row = _row(cells, places, seen, faults, line)
                if row is not None:
                    yield line, row
        except csv.Error as error:
            faults.add(self.skipped + reader.line_num, "", f"{error}: look for a quotation mark that is not closed")


def open_sheet(file: Path) -> Sheet:
    """The sheet in a file. Raises ValueError for one that is none, OSError."""
    if file.stat().st_size > BYTES_MAX:
        raise ValueError(f"{file} is larger than {BYTES_MAX >> 20} MB: split it")
    data = file.read_bytes()
    if data.startswith(b"PK\x03\x04") or data.startswith(b"\xd0\xcf\x11\xe0"):
        raise ValueError(f"{file} is a workbook: in the spreadsheet choose Save as, CSV UTF-8, and import that")
    text, encoding = _decoded(file, data)
    first, _, rest = text.partition("\n")
    marked = re.fullmatch(r"sep=([,;\t])\r?", first)  # what Excel may be told, and keeps
    if marked:
        return Sheet(file, rest, encoding, marked[1], 1)
    if not text.strip():
        raise ValueError(f"{file} is empty: give a header and a row for each line of the table")
    header = text.lstrip("\r\n").splitlines()[0]
    skipped = text[: len(text) - len(text.lstrip("\r\n"))].count("\n")
    return Sheet(file, text.lstrip("\r\n"), encoding, max(DELIMITERS, key=header.count), skipped)


def _decoded(file: Path, data: bytes) -> tuple[str, str]:
    utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding, name in [("utf-16", "UTF-16")] if utf16 else [("utf-8-sig", "UTF-8"), ("gb18030", "GB18030")]:
        try:
            return data.decode(encoding), name
        except UnicodeDecodeError:
            continue
    raise ValueError(f"{file} is neither UTF-8 nor GB18030: save it as CSV UTF-8")


def _word(text: str) -> str:
    """A header word as it is compared."""
    return re.sub(r"[\s_]+", "_", unicodedata.normalize("NFKC", text).strip().lower())


def _places(header: Sequence[str], columns: Sequence[Column], faults: Faults, line: int) -> list[Column | None]:
    """The column of each place of the header, None for one without a word; none at all where the header is wrong."""
    meant = {_word(name): column for column in columns for name in column.names}
    known = ", ".join(column.names[0] for column in columns)
    places: list[Column | None] = []
    for word in header:
        column = meant.get(_word(word))
        if _NO_TEXT.search(word):
            faults.add(line, f"column {len(places) + 1}", "its name has control characters: save the file as CSV UTF-8")
        elif column is None and word.strip():
            faults.add(line, word.strip()[:60], f"is no column here: remove it, or call it one of {known}")
        elif column is not None and column in places:
            faults.add(line, word.strip(), f"stands twice: {column.names[0]} is given once")
        places.append(column)
    for column in columns:
        if column.needed and column not in places:
            faults.add(line, column.names[0], f"is missing in the header: add it (or {' or '.join(column.names[1:])})")
    return [] if faults else places


def _row(
    cells: Sequence[str], places: Sequence[Column | None], seen: dict[str, int], faults: Faults, line: int
) -> dict[str, Any] | None:
    """The values of a row; None for an empty one, and for one with a fault. seen: the line of each code so far."""
    if not any(cell.strip() for cell in cells):
        return None
    row: dict[str, Any] = {}
    before = faults.count
    for place, cell in enumerate(cells):
        if cell.strip() and (place >= len(places) or places[place] is None):
            faults.add(line, f"column {place + 1}", "has no name in the header: name it, or empty the cell")
    for place, column in enumerate(places):
        if column is None:
            continue
        try:
            row[column.field] = _value(cells[place].strip() if place < len(cells) else "", column)
        except CellError as error:
            faults.add(line, column.names[0], str(error))
    first = seen.setdefault(row["code"], line) if "code" in row else line
    if first != line:
        faults.add(line, "code", f"{row['code']} stands in line {first} already: give each once")
    return row if faults.count == before else None


def _value(text: str, column: Column) -> Any:
    if not text:
        if column.needed:
            raise CellError("is empty: fill it in")
        return column.blank
    if _NO_TEXT.search(text):
        raise CellError("has a line break, a zero byte or another control character: remove it")
    if "�" in text:
        raise CellError("a letter was lost (�): save the file as CSV UTF-8 from where it still has it")
    if _FORMULA_FAILED.fullmatch(text):
        raise CellError(f"{text} is what a formula that failed leaves: give the value itself")
    return column.read(text)


def text_of(most: int) -> Callable[[str], str]:
    """Reads a text of at most `most` characters, as it stands: what looks like a formula is text too."""

    def read(text: str) -> str:
        if len(text) > most:
            raise CellError(f"has {len(text)} characters, {most} at most: shorten it")
        return text

    return read


def code_of(most: int) -> Callable[[str], str]:
    """Reads a code of at most `most` characters that no spreadsheet has shortened."""

    def read(text: str) -> str:
        if _SHORTENED.fullmatch(text):
            raise CellError(f"{text} is a number that the spreadsheet shortened: format the column as text")
        return text_of(most)(text)

    return read


def degrees_of(what: str, most: int) -> Callable[[str], float]:
    """Reads degrees from -`most` to `most` in plain digits."""

    def read(text: str) -> float:
        if not _NUMBER.fullmatch(text):
            raise CellError(f"{text[:40]!r} is no {what}: give degrees in plain digits with a point, such as 31.2304")
        if abs(number := float(text)) > most:
            hint = ": are latitude and longitude swapped?" if abs(number) <= 180 else ""
            raise CellError(f"{text} is no {what}, which is from -{most} to {most}{hint}")
        return number

    return read


def yes_or_no(text: str) -> bool:
    """Reads yes or no, in either language."""
    said = _YES_NO.get(text.lower())
    if said is None:
        raise CellError(f"{text[:40]!r} is neither yes nor no (是 or 否)")
    return said


def day_of(text: str) -> date:
    """Reads a day, year first: 2026-11-30, or 2026/11/30 as a spreadsheet in Chinese writes it."""
    told = _DAY.fullmatch(text)
    try:
        day = date(int(told[1]), int(told[3]), int(told[4])) if told else None
    except ValueError:
        day = None
    if day is None:
        raise CellError(f"{text[:40]!r} is no day: give year, month and day, such as 2026-11-30")
    if day.year not in YEARS:
        raise CellError(f"{text} is too far away: give a year from {YEARS[0]} to {YEARS[-1]}")
    return day
