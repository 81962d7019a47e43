"""The migrations make what the models say, on both databases, up and down and from two sides at once."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import copytree, ignore_patterns
from uuid import uuid4

import pytest
from tortoise import BaseDBAsyncClient
from tortoise.context import TortoiseContext

from domain import models
from domain.errors import Conflict
from domain.models import connection
from domain.services import migrations
from tests.domain.services.catalogs import Catalog, catalog_of
from tests.domain.services.rows import (
    a_dataset,
    a_dataset_prediction,
    a_job,
    a_key,
    a_model_version,
    a_placement,
    a_profile,
    a_promotion,
    a_rate_window,
    a_recommendation,
    a_refresh_token,
    a_remembered_prediction,
    a_run,
    a_segment,
    a_session,
    a_training_comparison,
    an_account,
    an_audience,
    an_audit_event,
)
from tests.servers.databases import Fill

CHECKOUT = Path(__file__).resolve().parents[3]
IMPORTS = "import asyncio; from domain.services import migrations"
ALL = ("0_init.py", "1_learning_core.py", "2_access.py", "3_models.py")
CORE = {"ClusteringRun": 2, "Dataset": 1, "Installation": 1, "Job": 3, "Recommendation": 1, "Segment": 2}
ACCESS = {"Account": 1, "ApiKey": 2, "AuditEvent": 1, "RateWindow": 1, "RefreshToken": 1, "Session": 1}
"""The tables that 2_access.py makes."""
MODELS = {
    "Audience": 1,
    "ComparedTraining": 1,
    "CustomerProfile": 1,
    "DatasetPrediction": 1,
    "ModelVersion": 1,
    "ProfilePlacement": 1,
    "Promotion": 1,
    "RegisteredModel": 1,
    "RememberedPrediction": 1,
    "TrainingComparison": 1,
}
"""The tables that 3_models.py makes."""
FILLED = {**CORE, **ACCESS, **MODELS}
OF_MIGRATIONS = (CORE, CORE, ACCESS, MODELS)
"""The rows of each migration's own tables; the second one makes none."""


@pytest.fixture(scope="session")
def fill_database() -> Fill | None:
    return None


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[BaseDBAsyncClient]:
    async with TortoiseContext() as context:
        await context.init(config=connection.config(url))
        yield context.db()


async def catalog(url: str) -> Catalog:
    async with connected(url) as client:
        return await catalog_of(client, url)


async def fill() -> None:
    """Put rows into every table, and what refers to others into those that can."""
    dataset = await a_dataset()
    first = await a_run(await a_job(), dataset)
    second = await a_run(await a_job(), dataset, match_to_id=first.id)
    segment = await a_segment(first, 0, "Big spenders")
    await a_segment(second, 0, "Big spenders", previous_id=segment.id)
    await a_recommendation(segment)
    await models.Installation.create(id=1, identity=uuid4())
    account = await an_account()
    await a_refresh_token(await a_session(account))
    await a_key(account, made_by=(await a_key(account)).id)
    await an_audit_event(account)
    await a_rate_window()
    version = await a_model_version(second)
    await a_promotion(version)
    await a_remembered_prediction(second, model_version_id=version.id, segment_id=None)
    prediction = await a_dataset_prediction(second, dataset, model_version_id=version.id)
    await an_audience(segment, dataset_prediction_id=prediction.id)
    await a_placement(await a_profile(account, model_id=version.model_id), model_version_id=version.id)
    await a_training_comparison(first)


async def counts() -> dict[str, int]:
    return {name: await getattr(models, name).all().count() for name in models.__all__}


async def test_a_database_made_by_the_migrations_equals_one_made_from_the_models(
    database_url: str, tmp_path: Path
) -> None:
    await migrations.up(database_url)
    migrated = await catalog(database_url)
    for _ in ALL:
        await migrations.down(database_url)
    async with TortoiseContext() as context:
        await context.init(config=connection.config(database_url))
        await context.generate_schemas(safe=True)
        modelled = await catalog_of(context.db(), database_url)
    assert {row[0] for row in migrated["columns"]} == {
        getattr(models, name)._meta.db_table for name in models.__all__
    }
    assert migrated == modelled


async def test_migrations_go_up_down_and_up_again_with_rows_in_every_table(database_url: str) -> None:
    assert await migrations.up(database_url) == list(ALL)
    first = await catalog(database_url)
    async with connected(database_url):
        await fill()
        assert await counts() == FILLED
    for name in reversed(ALL):
        assert await migrations.down(database_url) == name
    assert await catalog(database_url) == {kind: [] for kind in first}
    assert await migrations.up(database_url) == list(ALL)
    assert await catalog(database_url) == first
    async with connected(database_url):
        assert await counts() == dict.fromkeys(FILLED, 0)
        await fill()
        assert await counts() == FILLED


@pytest.mark.parametrize("down_to", range(1, len(ALL)))
async def test_a_migration_that_is_taken_back_and_applied_again_loses_only_rows_of_its_own_tables(
    database_url: str, down_to: int
) -> None:
    await migrations.up(database_url)
    async with connected(database_url):
        await fill()
    for name in reversed(ALL[down_to:]):
        assert await migrations.down(database_url) == name
    assert await migrations.up(database_url) == list(ALL[down_to:])
    async with connected(database_url):
        kept = {name for tables in OF_MIGRATIONS[:down_to] for name in tables}
        assert await counts() == {name: rows if name in kept else 0 for name, rows in FILLED.items()}


async def test_a_database_that_is_up_to_date_is_left_as_it_is(database_url: str) -> None:
    await migrations.up(database_url)
    async with connected(database_url):
        await fill()
    assert await migrations.up(database_url) == []
    async with connected(database_url):
        assert await counts() == FILLED


async def test_two_processes_that_migrate_at_once_both_succeed(database_url: str) -> None:
    program = f"{IMPORTS}; asyncio.run(migrations.up({database_url!r}))"
    both = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, cwd=CHECKOUT, stderr=asyncio.subprocess.PIPE
        )
        for _ in range(2)
    ]
    complaints = [(await process.communicate())[1].decode() for process in both]
    assert [process.returncode for process in both] == [0, 0], complaints
    assert await migrations.status(database_url) == migrations.MigrationStatus(ALL, ())
    async with connected(database_url) as client:
        assert await client.execute_query_dict("SELECT version FROM aerich") == [
            {"version": name} for name in ALL
        ]


async def test_the_status_tells_what_is_applied_and_what_is_pending(database_url: str) -> None:
    assert await migrations.status(database_url) == migrations.MigrationStatus((), ALL)
    async with connected(database_url):
        assert await migrations.pending(database_url) == ALL
    await migrations.up(database_url)
    assert await migrations.status(database_url) == migrations.MigrationStatus(ALL, ())
    async with connected(database_url):
        assert await migrations.pending(database_url) == ()


async def test_there_is_nothing_to_take_back_below_the_first_migration(database_url: str) -> None:
    await migrations.up(database_url)
    for _ in ALL:
        await migrations.down(database_url)
    with pytest.raises(Conflict, match="there is no migration to take back"):
        await migrations.down(database_url)
    assert await migrations.status(database_url) == migrations.MigrationStatus((), ALL)


async def test_the_migrations_say_what_the_models_say() -> None:
    before = sorted(CHECKOUT.glob("migrations/*/models/*.py"))
    assert await migrations.drifted() == []
    assert sorted(CHECKOUT.glob("migrations/*/models/*.py")) == before


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        pytest.param(
            "class Meta:", "class Meta:\n        unique_together = (('id', 'kind'),)", id="a constraint"
        ),
        pytest.param("stage =", "place = fields.TextField(null=True)\n    stage =", id="a column"),
        # What SQLite can't alter.
        pytest.param("max_length=32", "max_length=48", id="a length"),
    ],
)
def test_a_model_that_no_migration_speaks_of_is_told_and_leaves_no_file(
    was: str, becomes: str, tmp_path: Path
) -> None:
    for package in ("domain", "migrations"):
        copytree(CHECKOUT / package, tmp_path / package, ignore=ignore_patterns("__pycache__"))
    model = tmp_path / "domain" / "models" / "jobs.py"
    changed = model.read_text().replace(was, becomes)
    assert changed != model.read_text()
    model.write_text(changed)
    before = sorted(tmp_path.glob("migrations/*/models/*.py"))
    told = subprocess.run(
        [sys.executable, "-c", f"{IMPORTS}; print(*asyncio.run(migrations.drifted()))"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    # What it can't alter, aerich mentions before.
    assert told.stdout.splitlines()[-1] == "sqlite postgres"
    assert sorted(tmp_path.glob("migrations/*/models/*.py")) == before
