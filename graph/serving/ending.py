"""Streams that end when what their caller has shown holds no longer."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from domain.terms.access import Caller, Denial
from graph.resolving.authorising import unauthenticated
from graph.serving.guarding import Guard
from graph.serving.operations import Outcome, refused


async def while_signed_in(
    outcomes: AsyncGenerator[Outcome, None], guard: Guard, caller: Caller
) -> AsyncGenerator[Outcome, None]:
    """Pass the outcomes on for as long as the caller may have them; the last says why there are no more."""
    if caller.viewer is None:
        ended: asyncio.Future[Denial] = asyncio.get_running_loop().create_future()
    else:
        ended = asyncio.ensure_future(guard.until_ended(caller.viewer))
    try:
        async with aclosing(outcomes):
            while True:
                step = asyncio.ensure_future(anext(outcomes, None))
                try:
                    waited_for: set[asyncio.Future[Any]] = {step, ended}
                    await asyncio.wait(waited_for, return_when=asyncio.FIRST_COMPLETED)
                    if not step.done():
                        signed_out = replace(caller, viewer=None, denial=ended.result())
                        yield refused([unauthenticated(signed_out)])
                        return
                finally:
                    step.cancel()
                    await asyncio.gather(step, return_exceptions=True)
                outcome = step.result()
                if outcome is None:
                    return
                yield outcome
    finally:
        ended.cancel()
        await asyncio.gather(ended, return_exceptions=True)
