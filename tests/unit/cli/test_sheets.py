"""Tables as spreadsheets save them, and every fault with its line."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cli.sheets import (
    BYTES_MAX,
    FAULTS_TOLD,
    CellError,
    Column,
    Faults,
    FileFaultsError,
    code_of,
    day_of,
    degrees_of,
    open_sheet,
    text_of,
    yes_or_no,
)

COLUMNS = [
    Column("code", ("code", "编码"), code_of(40), True),
    Column("name", ("name", "名称"), text_of(20), True),
    Column("lat", ("lat", "纬度"), degrees_of("latitude", 90)),
]
TABLE = "code,name,lat\nA-1,街角便利店,31.2304\nA-2,=cmd|' /C calc'!A1,-0.5\n"
ROWS = [
    {"code": "A-1", "name": "街角便利店", "lat": 31.2304},
    {"code": "A-2", "name": "=cmd|' /C calc'!A1", "lat": -0.5},
]


def read(tmp_path: Path, data: str | bytes) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows of a file, and its faults without the file's name."""
    file = tmp_path / "t.csv"
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    faults = Faults(file)
    rows = [row for _, row in open_sheet(file).rows(COLUMNS, faults)]
    return rows, [line.removeprefix(f"{file}:") for line in faults.lines]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_one_table_is_read_however_a_spreadsheet_saves_it(
    encoding: str, delimiter: str, end: str, tmp_path: Path
) -> None:
    data = TABLE.replace(",", delimiter).replace("\n", end).encode(encoding)
    assert read(tmp_path, data) == (ROWS, [])


@pytest.mark.parametrize(
    "header", ["编码,名称,纬度", " Code , NAME,Lat", "sep=,\ncode,name,lat", "\n\ncode,name,lat", '"code","name","lat"']
)
def test_header_words_in_either_language_and_what_stands_before_them(header: str, tmp_path: Path) -> None:
    assert read(tmp_path, TABLE.replace("code,name,lat", header)) == (ROWS, [])


def test_empty_rows_and_nameless_empty_columns_count_for_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "code,name,lat,,\n\nA-1,街角便利店,31.2304,,\n,,,,\n\"A-2\",=cmd|' /C calc'!A1,-0.5\n") == (
        ROWS,
        [],
    )


def test_a_column_that_is_not_in_the_header_is_in_no_row(tmp_path: Path) -> None:
    assert read(tmp_path, "code,name\nA,b\n") == ([{"code": "A", "name": "b"}], [])


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("code,name,colour", "1: colour: is no column here: remove it, or call it one of code, name, lat"),
        ("code,lat", "1: name: is missing in the header: add it (or 名称)"),
        ("code,na\0me", "1: column 2: its name has control characters: save the file as CSV UTF-8"),
        ("code,name,名称", "1: 名称: stands twice: name is given once"),
    ],
)
def test_a_wrong_header_is_told_alone(header: str, told: str, tmp_path: Path) -> None:
    rows, faults = read(tmp_path, f"{header}\n,,x\n")
    assert (rows, faults[0]) == ([], told)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("A,,1", "2: name: is empty: fill it in"),
        ("A", "2: name: is empty: fill it in"),
        (f"A,{'x' * 21},1", "2: name: has 21 characters, 20 at most: shorten it"),
        ("A,b,1,left over", "2: column 4: has no name in the header: name it, or empty the cell"),
        ('A,"b\nc",1', "2: name: has a line break, a zero byte or another control character: remove it"),
        ("A,b\0c,1", "2: name: has a line break, a zero byte or another control character: remove it"),
        ("A,b�,1", "2: name: a letter was lost (�): save the file as CSV UTF-8 from where it still has it"),
        ("A,#REF!,1", "2: name: #REF! is what a formula that failed leaves: give the value itself"),
        ("6.9E+12,b,1", "2: code: 6.9E+12 is a number that the spreadsheet shortened: format the column as text"),
        ("A,b,90.1", "2: lat: 90.1 is no latitude, which is from -90 to 90: are latitude and longitude swapped?"),
        ("A,b,999", "2: lat: 999 is no latitude, which is from -90 to 90"),
        ('A,"b,1', "2: unexpected end of data: look for a quotation mark that is not closed"),
    ],
)
def test_a_faulty_row_is_told_by_line_and_column(row: str, told: str, tmp_path: Path) -> None:
    assert read(tmp_path, f"code,name,lat\n{row}") == ([], [told])


@pytest.mark.parametrize("number", ["1_0", "１", "+1", "1e1", "nan", "inf", "31,2", "31.2°", "0x1f", "1.", ".5", "--1"])
def test_only_plain_digits_are_degrees(number: str) -> None:
    with pytest.raises(CellError, match="plain digits"):
        degrees_of("latitude", 90)(number)


def test_lines_are_those_of_the_file_after_a_cell_of_two_lines(tmp_path: Path) -> None:
    _, faults = read(tmp_path, 'sep=,\ncode,name\nA,"b\nc"\nB,\n')
    assert [line.split(":")[0] for line in faults] == ["3", "5"]


def test_a_code_that_stands_twice_is_told_even_where_a_row_of_it_is_faulty(tmp_path: Path) -> None:
    _, faults = read(tmp_path, "code,name\nA,\nA,b\n")
    assert faults == ["2: name: is empty: fill it in", "3: code: A stands in line 2 already: give each once"]


def test_fifty_faults_are_told_and_the_others_counted(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("code,name\n" + "".join(f"{n},\n" for n in range(FAULTS_TOLD + 7)))
    faults = Faults(file)
    assert list(open_sheet(file).rows(COLUMNS, faults)) == []
    told = FileFaultsError(faults).lines
    assert told[FAULTS_TOLD - 1 :] == [
        f"{file}:{FAULTS_TOLD + 1}: name: is empty: fill it in",
        "and 7 more",
        f"nothing was imported: mend {FAULTS_TOLD + 7} faults in {file}",
    ]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"PK\x03\x04rest", "is a workbook: in the spreadsheet choose Save as, CSV UTF-8"),
        (b"\xd0\xcf\x11\xe0rest", "is a workbook"),
        (b"code,name\nA,\xff\xff\n", "neither UTF-8 nor GB18030"),
    ],
)
def test_what_is_no_table_is_told_in_words(data: bytes, told: str, tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes(data)
    with pytest.raises(ValueError, match=told):
        open_sheet(file)


def test_a_file_too_large_for_memory_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    with file.open("wb") as stream:
        stream.truncate(BYTES_MAX + 1)
    with pytest.raises(ValueError, match="larger than 64 MB"):
        open_sheet(file)


@pytest.mark.parametrize(("text", "day"), [("2026-11-30", date(2026, 11, 30)), ("2026/1/5", date(2026, 1, 5))])
def test_days_with_the_year_first(text: str, day: date) -> None:
    assert day_of(text) == day


@pytest.mark.parametrize(
    "text",
    ["30.11.2026", "11/30/2026", "2026-02-30", "2026-1/5", "46356", "1999-12-31", "2101-01-01", "２026-01-01"],
)
def test_other_days_are_refused(text: str) -> None:
    with pytest.raises(CellError):
        day_of(text)


def test_yes_and_no_in_either_language() -> None:
    assert [yes_or_no(text) for text in ("yes", "No", "TRUE", "false", "是", "否")] == [True, False] * 3
    for text in ("1", "x", "maybe"):
        with pytest.raises(CellError, match="neither yes nor no"):
            yes_or_no(text)
