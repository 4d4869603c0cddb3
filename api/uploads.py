"""One photo and its few fields out of a multipart body, streamed, with every size bounded while it arrives.

A part is a file where it has a `filename` (RFC 7578; its `filename*` is forbidden there), and the files are named
`file`. Any other combination, and a field given twice, is refused: what was meant is not ours to guess.
"""

import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from api.errors.codes import KINDS, Problem

FORM_BYTES = 64 * 1024  # for the envelope: boundaries, headers, the small fields
_FIELD_BYTES_MAX = 512  # a name of 120 Chinese characters has 360
_FIELDS_MAX = 8
_KEY = re.compile(r"[\x21-\x7e]{8,64}")


@dataclass(frozen=True)
class Upload:
    """The photo's bytes as received, and the form's text fields."""

    data: bytes
    fields: dict[str, str]


def checked_key(key: str | None) -> str:
    """The Idempotency-Key, 8 to 64 printable ASCII characters without spaces, or a Problem that says so."""
    if key is None:
        raise Problem("idempotency_key_missing")
    if not _KEY.fullmatch(key):
        raise Problem("idempotency_key_invalid")
    return key


async def read_upload(request: Request, photo_bytes_max: int) -> Upload:
    """The form of one upload: exactly one file, named `file`.

    Kept in memory, never in a temporary file: a photo is at most `photo_bytes_max` bytes. Problem: bad_form,
    too_large; body_timeout, of `api.edge`.
    """
    pictures, fields = await read_form(request, 1, photo_bytes_max, photo_bytes_max)
    return Upload(pictures[0], fields)


async def read_form(
    request: Request, files_max: int, file_bytes_max: int, bytes_max: int
) -> tuple[list[bytes], dict[str, str]]:
    """The files of a form, 1 to `files_max` all named `file`, and its text fields. In memory: all files together are
    at most `bytes_max` bytes. Problem as `read_upload`, and file_unnamed, file_unexpected, field_repeated."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise Problem(
            "unsupported_media_type", ("Send the photo as multipart/form-data.", "请以 multipart/form-data 上传照片。")
        )
    parser = _Parser(
        request.headers, _counted(request, bytes_max), max_files=files_max, max_fields=_FIELDS_MAX,
        max_part_size=_FIELD_BYTES_MAX,
    )  # fmt: skip
    parser.spool_max_size = bytes_max + FORM_BYTES
    try:
        form = await _parsed(parser)
        return await _taken(form, file_bytes_max)
    finally:
        # Also those of a form that broke off: the parser itself forgets a part that never ended.
        for file in getattr(parser, "_files_to_close_on_error", ()):
            file.close()


class _Parser(MultiPartParser):
    """Refuses a wrongly typed part at its header, before its bytes are counted as those of a field."""

    def on_headers_finished(self) -> None:
        self._charset = "utf-8"  # whatever the request says: some of Python's codecs give texts that are none
        super().on_headers_finished()
        part = self._current_part
        if part.field_name == "file" and part.file is None:
            raise Problem("file_unnamed")
        if part.field_name != "file" and part.file is not None:
            raise Problem("file_unexpected")


async def _parsed(parser: MultiPartParser) -> FormData:
    try:
        return await parser.parse()
    except MultiPartException as error:
        said = f"The form cannot be read: {error.message}", KINDS["bad_form"].zh
        raise Problem("bad_form", said) from error
    except (KeyError, ValueError) as error:
        raise Problem("bad_form") from error


async def _taken(form: FormData, file_bytes_max: int) -> tuple[list[bytes], dict[str, str]]:
    files = [file for file in form.getlist("file") if isinstance(file, UploadFile)]
    if not files:
        raise Problem("file_missing")
    pictures = [await file.read() for file in files]
    if max(map(len, pictures)) > file_bytes_max:
        raise Problem("too_large")
    texts = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
    fields = dict(texts)
    if len(fields) < len(texts):
        raise Problem("field_repeated")
    return pictures, fields


async def _counted(request: Request, photo_bytes_max: int) -> AsyncGenerator[bytes, None]:
    seen = 0
    async for chunk in request.stream():
        seen += len(chunk)
        if seen > photo_bytes_max + FORM_BYTES:
            raise Problem("too_large", headers={"Connection": "close"})
        yield chunk
