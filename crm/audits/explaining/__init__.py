"""What a decision rests on, put together as the read model of `crm.audits.told`."""

from crm.audits.explaining.service import draws_hidden, explain
from crm.audits.explaining.trial import ticks_told

__all__ = ["draws_hidden", "explain", "ticks_told"]
