"""What all tests share: databases of both kinds, the public data, and that nothing is left running."""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest
import pytest_asyncio
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from domain.settings import PREFIX
from tests.servers.api import Api
from tests.servers.databases import Fill, Templates, fresh_postgres, fresh_sqlite
from tests.servers.postgres import ADDRESS, NoPostgres, find_or_start
from tests.servers.running import Server, serving

CHECKOUT = Path(__file__).resolve().parent.parent
SERVED = ("tests/end_to_end/", "tests/graph/")
"""Tests that share a server on each of the databases."""

SAME_ON_BOTH = (
    "test_addresses.py",
    "test_attacks_by_text.py",
    "test_attacks_on_roles.py",
    "test_broken_uploads.py",
    "test_busy_server.py",
    "test_cdnow_story.py",
    "test_damaged_uploads.py",
    "test_downloads.py",
    "test_every_field_of_the_root_is_open_to_those_that_the_page_names",
    "test_explorer.py",
    "test_explorer_sign_in.py",
    "test_files_used_twice.py",
    "test_first_start.py",
    "test_leaving_by_websocket.py",
)
"""What lies above the database, by file or by test: its turn on PostgreSQL comes with `make slow`."""

WHY_NO_POSTGRES = pytest.StashKey[str]()

# A busy machine is no failure, and who runs the tests twice gets the same answer twice.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


def pytest_configure() -> None:
    """Keep what the machine has configured out of the tests."""
    # A shell's background job ignores Ctrl-C, and so would all that the tests start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in [name for name in os.environ if name.startswith(PREFIX) and name != ADDRESS]:
        del os.environ[name]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to `make slow` what is the same on both databases."""
    for item in items:
        name = item.name.partition("[")[0]
        if (item.path.name in SAME_ON_BOTH or name in SAME_ON_BOTH) and "postgres" in item.name:
            item.add_marker(pytest.mark.slow)


class Together(LoadScopeScheduling):  # type: ignore[misc]  # ships no types
    """Keeps tests in one process that share something: a database's server, else a file's fixtures."""

    def _split_scope(self, nodeid: str) -> str:
        path, _, name = nodeid.partition("::")
        if path.startswith(SERVED):
            for database in ("sqlite", "postgres"):
                if database in name.partition("[")[2]:
                    return f"served on {database}"
        return path


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Together:
    """Deal out the tests to processes, the largest parts first."""
    return Together(config, log)


@pytest.fixture(scope="session", autouse=True)
def nothing_is_left_running() -> Iterator[None]:
    """Fail when a process that a test started outlives the tests."""
    yield
    children = psutil.Process().children(recursive=True)
    # Python's own tracker ends with this process, by itself.
    _, alive = psutil.wait_procs([child for child in children if not _is_tracker(child)], timeout=10)
    assert not alive, f"left running: {alive}"


@pytest.fixture(scope="session")
def postgres_url(pytestconfig: pytest.Config) -> Iterator[str]:
    """Address of a PostgreSQL database whose user may create others."""
    with _postgres_or_skip(pytestconfig) as address:
        yield address


@pytest.fixture(scope="session")
def database_templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    """The filled databases that fresh ones are copied from."""
    return Templates(tmp_path_factory.mktemp("databases"))


@pytest.fixture(scope="session")
def postgres_templates(postgres_url: str, database_templates: Templates) -> Iterator[Templates]:
    """The same; those on PostgreSQL are dropped before its server ends."""
    yield database_templates
    database_templates.drop()


@pytest.fixture(scope="session")
def fill_database() -> Fill | None:
    """Leave fresh databases empty. Override this beside the tests that want tables in theirs.

    An override gives a function from an address to None, which fills the empty
    database there, once a session; every test then has what it filled in, and nothing else.
    """
    return None


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(
    request: pytest.FixtureRequest, tmp_path: Path, fill_database: Fill | None, database_templates: Templates
) -> Iterator[str]:
    """Address of a database of this test's own, on SQLite and then on PostgreSQL."""
    if request.param == "sqlite":
        yield fresh_sqlite(tmp_path, fill_database and database_templates.file(fill_database))
        return
    admin: str = request.getfixturevalue("postgres_url")
    templates: Templates = request.getfixturevalue("postgres_templates")
    with templates.lent(admin, fill_database) if fill_database else fresh_postgres(admin) as address:
        yield address


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real server, one on SQLite and one on PostgreSQL, that all tests share: each brings its own data."""
    folder = tmp_path_factory.mktemp("server") / "data"
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite://{folder / 'segmentgraph.sqlite3'}"
        else:
            url = stack.enter_context(fresh_postgres(request.getfixturevalue("postgres_url")))
        yield stack.enter_context(serving(folder, url))


@pytest_asyncio.fixture
async def api(server: Server) -> AsyncIterator[Api]:
    """A client of the shared server."""
    client = Api(server.url)
    async with client.client:
        yield client


@pytest.fixture(scope="session")
def public_data() -> Path:
    """Folder of the public data sets, which stand beside the checkout and are no part of it."""
    folder = CHECKOUT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the public data sets are not at ../shared/data")
    return folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say it loudly when half of the databases went untested."""
    why = config.stash.get(WHY_NO_POSTGRES, None)
    if why:
        terminalreporter.section("NOTHING WAS TESTED ON POSTGRESQL", sep="!", red=True, bold=True)
        terminalreporter.line(why)
        terminalreporter.line(f"Install PostgreSQL, or name one: {ADDRESS}=postgres://USER@HOST:PORT/NAME")


@contextmanager
def _postgres_or_skip(config: pytest.Config) -> Iterator[str]:
    try:
        with find_or_start() as address:
            yield address
    except NoPostgres as reason:
        config.stash[WHY_NO_POSTGRES] = str(reason)
        pytest.skip(f"no PostgreSQL: {reason}")


def _is_tracker(process: psutil.Process) -> bool:
    try:
        return any("resource_tracker" in part for part in process.cmdline())
    except psutil.Error:  # gone while we looked
        return True
