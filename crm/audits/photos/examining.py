"""A photo's bytes looked at before a transaction opens: decoding them takes longer than anything that is locked."""

import hashlib
from dataclasses import dataclass, field
from threading import Lock

from crm.audits.photos.tables import Photo
from crm.kernel.business_time import BUSINESS_TIME
from crm.kernel.errors import Invalid
from crm.outlets.positions import is_position
from pipeline.intake.decode import check_photo
from pipeline.intake.exif import Exif
from pipeline.intake.photo_error import PhotoError
from pipeline.intake.photo_header import PhotoHeader

_ONE_AT_A_TIME = Lock()  # a photo of 60 megapixels takes 600 MB while it is decoded, whatever its file's size


@dataclass(frozen=True)
class Examined:
    """A photo of which every pixel is there. data: the bytes as received. sha256: hex, of them."""

    data: bytes = field(repr=False)
    sha256: str
    header: PhotoHeader
    exif: Exif

    def row(self) -> Photo:
        """A photo row with all that the file says of itself."""
        turned, gps, taken_at = self.exif.orientation >= 5, self.exif.gps, self.exif.taken_at
        lat, lon = gps if gps is not None and is_position(*gps) else (None, None)
        return Photo(
            sha256=self.sha256,
            size_bytes=len(self.data),
            mime=self.header.mime,
            width=self.header.height if turned else self.header.width,
            height=self.header.width if turned else self.header.height,
            taken_at=taken_at.replace(tzinfo=self.exif.offset or BUSINESS_TIME) if taken_at else None,
            lat=lat,
            lon=lon,
        )


def examine(data: bytes) -> Examined:
    """What is needed to receive a photo; Invalid('file', code of PhotoError) for bytes that are none, or not all of
    one."""
    try:
        with _ONE_AT_A_TIME:
            header, exif = check_photo(data)
    except PhotoError as error:
        raise Invalid("file", error.en, error.zh, code=error.code) from error
    return Examined(data, hashlib.sha256(data).hexdigest(), header, exif)
