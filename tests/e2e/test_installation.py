"""README's 'Bring up a real installation', done as it stands there: an empty PostgreSQL, two processes, a reward."""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, text

from cli.client import Client
from tests.integration import conftest

ROOT = Path(__file__).resolve().parents[2]
HEADINGS = {"README.md": "## Bring up a real installation", "README.zh-CN.md": "## 正式安装"}
PHOTO = ROOT / "datasets" / "demo" / "photos" / "01_cola_block_rack.jpg"
PASSWORD = "an uncommon password"
SHELFPROOF = f"{sys.executable} -m cli.main"

postgres_admin = conftest.postgres_admin


def blocks(readme: str) -> list[str]:
    """The commands of the section, a text for each block."""
    after = (ROOT / readme).read_text().partition(HEADINGS[readme])[2]
    section = after.partition("\n## ")[0]
    assert section, f"{readme} has no section {HEADINGS[readme]}"
    return re.findall(r"```sh\n(.*?)```", section, re.DOTALL)


class Operator:
    """Types what the README says, in a shell whose exports last; names of the server's roles and database are a test's
    own, and who asks for a password gets it."""

    def __init__(self, home: Path, admin: Engine) -> None:
        self.name = f"shelfproof_test_{secrets.token_hex(4)}"
        self.admin = admin
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("SHELFPROOF_")} | {
            "HOME": str(home),
            "OMP_NUM_THREADS": "1",
        }

    def own(self, commands: str) -> str:
        """The commands on this checkout and on the test's server."""
        server = self.admin.url.set(drivername="postgresql").render_as_string(hide_password=False)
        for old, new in (
            ("make install\n", ""),
            ("sudo -u postgres psql", f"psql {server}"),
            ("@127.0.0.1/shelfproof", f"@{self.admin.url.host}:{self.admin.url.port or 5432}/{self.name}"),
            ("DATABASE shelfproof ", f"DATABASE {self.name} "),
            ("shelfproof_owner", f"{self.name}_owner"),
            ("shelfproof_service", f"{self.name}_service"),
            (".venv/bin/shelfproof admin create", f"echo '{PASSWORD}' | {SHELFPROOF} admin create --password-stdin"),
            (".venv/bin/shelfproof", SHELFPROOF),
        ):
            commands = commands.replace(old, new)
        return commands

    def type(self, commands: str) -> str:
        """What a block prints; fails where a command does."""
        kept = Path(self.environment["HOME"]) / "environment"
        script = f"set -eu -o pipefail\n{self.own(commands)}\nenv -0 > {kept}\n"
        done = subprocess.run(
            ["bash", "-c", script], cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=120,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        self.environment = dict(each.split("=", 1) for each in kept.read_text().split("\0") if each)
        return done.stdout

    @contextmanager
    def process(self, command: str) -> Iterator[None]:
        """One of the two processes, stopped at the end as a supervisor stops it."""
        log = Path(self.environment["HOME"]) / f"{command.split()[1]}.log"
        with log.open("w") as stream:
            running = subprocess.Popen(
                self.own(command).split(), cwd=ROOT, env=self.environment, stdout=stream, stderr=stream
            )
        try:
            yield
        finally:
            running.terminate()
            assert running.wait(30) in (0, -signal.SIGTERM), log.read_text()

    def leave(self) -> None:
        with self.admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)"))
            for role in ("owner", "service"):
                connection.execute(text(f"DROP ROLE IF EXISTS {self.name}_{role}"))


@pytest.fixture
def operator(tmp_path: Path, postgres_admin: Engine) -> Iterator[Operator]:
    if shutil.which("psql") is None:
        conftest.absent("no psql for this test: install it (apt install postgresql-client)")
    made = Operator(tmp_path, postgres_admin)
    yield made
    made.leave()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def wait_until_ready(url: str) -> None:
    end, told = time.monotonic() + 120, ""
    while time.monotonic() < end:
        try:
            answer = httpx.get(f"{url}/readyz")
            if answer.status_code == 200:
                return
            told = answer.text
        except httpx.TransportError as error:
            told = str(error)
        time.sleep(0.2)
    pytest.fail(f"not ready: {told}")


def test_both_languages_give_the_same_commands() -> None:
    assert blocks("README.md") == blocks("README.zh-CN.md")


def test_an_empty_installation_pays_a_reward_by_the_readme_alone(operator: Operator) -> None:
    database, settings, people, processes, looking = blocks("README.md")
    operator.type(database)
    assert "may run the service, and not change the journal" in operator.type(settings)
    printed = operator.type(people)
    link = re.search(r"/welcome#(\S+)\nHand this link to Li Na", printed)
    assert link, printed
    assert "outlets: 3 made" in printed
    assert "products: 3 made" in printed
    assert "six_fronts is open" in printed
    url = f"http://127.0.0.1:{(port := free_port())}"
    serve, worker = processes.splitlines()
    with ExitStack() as running:
        running.enter_context(operator.process(f"{serve} --port {port}"))
        running.enter_context(operator.process(worker))
        wait_until_ready(url)
        assert send_a_photo(url, link[1]) == 200
    printed = operator.type(looking)
    assert "¥998.00" in printed
    assert "the ledger is sound" in printed


def send_a_photo(url: str, token: str) -> int:
    """What stands in the rep's wallet, in fen, after all that she does with her link and a photo."""
    with Client(url) as rep:
        rep.post("/invitations", json={"token": token, "password": PASSWORD})
        rep.sign_in("li", PASSWORD)
        [outlet] = [each for each in rep.items("/outlets") if each["code"] == "L-001"]
        [task] = rep.items("/tasks")
        claim, visit = rep.claim(task["id"], outlet["id"]), rep.check_in(outlet)
        received = rep.upload(PHOTO.name, PHOTO.read_bytes(), visit, claim)
        audit = rep.wait_for_decision(received["audit_id"], 120)
        decision = audit["decision"]
        assert decision["outcome"] == "pass", decision["reasons"]
        assert decision["facts"]["facings.unknown"]["best"] == decision["facts"]["facings.total"]["best"]
        return int(rep.get("/wallet")["balance_fen"])
