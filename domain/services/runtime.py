"""What the services work with: one of each for the life of the process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from tortoise import Tortoise

from domain.engine.engine import Engine
from domain.models import connection
from domain.services import playbooks
from domain.services.changes import Changes
from domain.services.endings import Endings
from domain.services.finishing import Finishing
from domain.services.installations import Identity
from domain.services.limiting import Limiter
from domain.services.scorer_cache import ScorerCache
from domain.services.secrets import secret_key
from domain.services.sharing import Sharing
from domain.settings import Settings
from domain.storage.files import Storage
from domain.terms.jobs import Lane

IMPORT_PROGRAM = "domain.jobs.import_dataset"
PREVIEW_PROGRAM = "domain.jobs.preview_table"
INDEX_PROGRAM = "domain.jobs.index_customers"
ERASE_PROGRAM = "domain.jobs.erase_customer"
TRAIN_PROGRAM = "domain.jobs.train_run"
DRAW_PROGRAM = "domain.jobs.draw_picture"
COMPARE_PROGRAM = "domain.jobs.compare_runs"
PREDICT_PROGRAM = "domain.jobs.predict_dataset"
EXPORT_PROGRAM = "domain.jobs.export_customers"


@dataclass(frozen=True)
class Runtime:
    """Settings, storage, engine and news.

    `queued` is set when there may be a job to claim; `identity` tells this process
    from others on the same database, `installation` the database from others; `importing` are
    the imports it is at; `sharing` is the work that several wait for, `finishing` what is carried to
    its end; `scorers` are those in memory; `playbook` is the operator's own, as TOML; `limiter` counts
    what callers do; who gathers much from the database for an export holds `gathering`.
    """

    settings: Settings
    storage: Storage
    engine: Engine
    secret: str
    playbook: str | None = None
    changes: Changes = field(default_factory=Changes)
    queued: asyncio.Event = field(default_factory=asyncio.Event)
    identity: UUID = field(default_factory=uuid4)
    importing: set[UUID] = field(default_factory=set)
    sharing: Sharing = field(default_factory=Sharing)
    finishing: Finishing = field(default_factory=Finishing)
    scorers: ScorerCache = field(default_factory=ScorerCache)
    limiter: Limiter = field(kw_only=True)
    endings: Endings = field(default_factory=Endings)
    installation: Identity = field(default_factory=Identity)
    gathering: asyncio.Lock = field(default_factory=asyncio.Lock)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Runtime]:
    """Open the database and the storage, and close everything at the end."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    # The fall-back reaches tasks that were started outside this context: the
    # server's own, one for each request.
    async with AsyncExitStack() as stack:
        # Each is closed whatever happens to the others: a database connection that stays
        # open has a thread that keeps the process from ending.
        await Tortoise.init(config=connection.config(settings.database), _enable_global_fallback=True)
        stack.push_async_callback(Tortoise.close_connections)
        storage = Storage.open(settings.storage)
        runtime = Runtime(
            settings,
            storage,
            _engine(settings),
            secret_key(settings),
            await asyncio.to_thread(playbooks.own, settings.playbook),
            limiter=Limiter(settings),
        )
        stack.push_async_callback(runtime.engine.close)
        stack.push_async_callback(runtime.changes.close)
        stack.push_async_callback(runtime.endings.close)
        # Before all that it works with. For as long as a lease: after that another server may take
        # it for dead.
        stack.push_async_callback(runtime.finishing.close, settings.job_lease_seconds)
        yield runtime


def _engine(settings: Settings) -> Engine:
    return Engine(
        storage_url=settings.storage,
        scratch=settings.data_dir.absolute() / "workers",
        scheduler=settings.dask_scheduler,
        workers={Lane.QUICK: settings.quick_workers, Lane.HEAVY: settings.training_workers},
        # pandas is imported by pyarrow with the first column that it reads.
        warm_up={Lane.QUICK: (IMPORT_PROGRAM, DRAW_PROGRAM, "pandas"), Lane.HEAVY: (TRAIN_PROGRAM,)},
        cancel_grace_seconds=settings.cancel_grace_seconds,
    )
