"""What a decision rests on, put together as the read model of `crm.audits.told`."""

from crm.audits.explaining.service import explain
from crm.audits.explaining.trial import ticks_told

__all__ = ["explain", "ticks_told"]
