"""What is carried out to its end once it is begun, whoever hangs up and whoever stops the server."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

Result = TypeVar("Result")


@dataclass
class Finishing:
    """The work that is under way, and those who wait for it although they were told to stop."""

    under_way: set["asyncio.Task[Any]"] = field(default_factory=set)

    async def to_its_end(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Carry something out, and answer what came of it, or raise that.

        A cancel waits for the end as well: whoever was told to stop has the answer first, and
        is canceled where it next waits.
        """
        # Whoever awaits is a task.
        task, caller = asyncio.create_task(work), cast("asyncio.Task[Any]", asyncio.current_task())
        cancels = 0
        self._note(task)
        while not task.done():
            try:
                await asyncio.wait({task})
            except asyncio.CancelledError:
                cancels += 1
                # What it does with the answer, such as writing it down, is waited for too.
                self._note(caller)
        for _ in range(cancels):
            # Taken back and told again: so a time limit around it still knows its own cancel.
            caller.uncancel()
            caller.cancel()
        return task.result()

    async def close(self, seconds: float) -> None:
        """Wait so long for all that is under way; what takes longer is broken off."""
        try:
            async with asyncio.timeout(seconds):
                while waiting := self._others():
                    await asyncio.wait(waiting)
        except TimeoutError:
            waiting = self._others()
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    def _note(self, task: "asyncio.Task[Any]") -> None:
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)

    def _others(self) -> set["asyncio.Task[Any]"]:
        return self.under_way - {asyncio.current_task()}
