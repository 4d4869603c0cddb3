"""All tables, for those who make or compare the schema: importing this fills `Base.metadata`."""

import crm.access.tables
import crm.audits.photos.tables
import crm.audits.tables
import crm.catalog.tables
import crm.installation.tables
import crm.ledger.tables
import crm.outlets.tables
import crm.people.tables
import crm.rescoring.tables
import crm.stops.tables
import crm.storing.tables
import crm.tasks.tables
import crm.trials.tables
import crm.visits.tables
import crm.workflows.tables  # noqa: F401 - all of them register themselves
from crm.kernel.db import Base

metadata = Base.metadata

__all__ = ["metadata"]
