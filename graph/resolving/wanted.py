"""Work that is done only for as long as its client waits for the answer."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from domain.errors import Conflict
from graph.resolving.context import Info

T = TypeVar("T")


class Gone(Conflict):
    """The client has hung up."""


GONE = "the client is gone: the work was stopped, and nothing was changed"


async def while_wanted(info: Info, work: Coroutine[Any, Any, T]) -> T:
    """Do work that somebody waits for, and cancel it when its client hangs up.

    Raises Conflict then, for whoever else reads the answer. Only for work that undoes
    itself when it is canceled.
    """
    task = asyncio.create_task(work)
    gone = info.context.client_gone
    try:
        waited_for: set[asyncio.Future[Any]] = {task, gone} if gone else {task}
        await asyncio.wait(waited_for, return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise
    if task.done():
        return task.result()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    raise Gone(GONE)
