"""The shapes of outlets."""

from api.schemas import Answer
from pipeline.texts import Text


class OutletOut(Answer):
    id: str
    code: str
    name: Text
    address: str
    lat: float
    lon: float
