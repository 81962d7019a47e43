"""Work that several may ask for at once, and that is done once for all of them."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Sharing:
    """What is under way, by the folder that it is done in."""

    under_way: dict[str, "asyncio.Task[None]"] = field(default_factory=dict)

    async def once(self, folder: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Wait for the work that is done in a folder; it is begun where it is not under way."""
        if folder not in self.under_way:
            task = asyncio.create_task(work())
            self.under_way[folder] = task
            task.add_done_callback(lambda _: self.under_way.pop(folder, None))
        # Shielded: one of several who wait may hang up without taking the work from the others.
        await asyncio.shield(self.under_way[folder])
