"""`shelfproof ledger`: does the journal hold together. Works on the database alone, while the service runs or not."""

import json

from cli.operating import FAILED, OK, opened_database, told_on_one_line
from crm.access.session import unscoped
from crm.ledger.checks import check_ledger, rebuild_balances


def check(as_json: bool) -> int:
    """Prints a line for each fault, and returns the exit status: 1 where there are any."""

    def run() -> int:
        with (
            opened_database(migrate=False) as database,
            database.read(unscoped("the ledger is checked whole")) as session,
        ):
            faults = check_ledger(session)
        if as_json:
            print(json.dumps({"faults": faults}))
        else:
            print("\n".join(faults) or "the ledger is sound")
        return FAILED if faults else OK

    return told_on_one_line(run)


def rebuild(as_json: bool) -> int:
    """Takes every balance anew from the journal, prints how many were wrong, and returns the exit status."""

    def run() -> int:
        with (
            opened_database(migrate=False) as database,
            database.write(unscoped("the ledger is put right whole")) as session,
        ):
            wrong = rebuild_balances(session)
        print(json.dumps({"rebuilt": wrong}) if as_json else f"accounts put right from the journal: {wrong}")
        return OK

    return told_on_one_line(run)
