"""The shapes of outlets."""

from api.schemas import Answer


class OutletOut(Answer):
    id: str
    code: str
    name: str
    name_zh: str
    address: str
    lat: float
    lon: float
