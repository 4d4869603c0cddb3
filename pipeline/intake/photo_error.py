"""Why a photo cannot be used."""

from pipeline.thresholds import BYTES_MAX


class PhotoError(ValueError):
    """A photo that cannot be used; `code` is stable, `en` and `zh` are one line for the one who sent it.

    Codes: not_an_image, unsupported, animated, truncated, too_large, too_many_pixels, too_small, undecodable.
    """

    def __init__(self, code: str, en: str, zh: str) -> None:
        super().__init__(en)
        self.code, self.en, self.zh = code, en, zh


def too_large(size: int) -> PhotoError:
    """That of a file of `size` bytes."""
    has, most = f"{size / 1e6:.1f} MB", f"{BYTES_MAX / 1e6:.0f} MB"
    return PhotoError("too_large", f"the file has {has}, at most {most}", f"文件有 {has}，最多 {most}：请降低分辨率")
