"""Whether the server can do its work."""

import asyncio

from tortoise import Tortoise

from domain.services import migrations
from domain.services.runtime import Runtime

PATIENCE_SECONDS = 5


async def unready_because(runtime: Runtime) -> str | None:
    """Tell why the server is not ready, in words for its operator; None when it is."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await Tortoise.get_connection("default").execute_query("SELECT 1")
            waiting = await migrations.pending(runtime.settings.database)
    except TimeoutError:
        return f"the database did not answer within {PATIENCE_SECONDS} seconds"
    except Exception as error:  # whatever it is, the answer is the same: not ready
        return f"the database can't be reached: {type(error).__name__}"
    if waiting:
        return f"migrations are pending: {', '.join(waiting)}; run `segmentgraph migrate up`"
    return None
