"""Why a photo cannot be used."""


class PhotoError(ValueError):
    """A photo that cannot be used; `code` is stable, the message is one line for the one who sent it.

    Codes: not_an_image, unsupported, animated, truncated, too_large, too_many_pixels, too_small, undecodable.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
