"""What is left of a caller's limits."""

from datetime import datetime

import strawberry

from domain.terms.limiting import Allowance, Limit
from graph.resolving.access import ANYONE
from graph.resolving.context import Info
from graph.resolving.scalars import BigInt


@strawberry.type(description="How often a caller may still ask.", directives=[ANYONE])
class RequestLimit:
    limit: int = strawberry.field(
        description="Operations in a period; each field of a mutation counts as one."
    )
    remaining: int = strawberry.field(description="How many are left of them.")
    reset_at: datetime = strawberry.field(description="When all of them are there again.")


@strawberry.type(
    description="How much a caller may still ask for, in values that operations may answer.",
    directives=[ANYONE],
)
class RateLimit:
    cost: int = strawberry.field(description="What this operation counts.")
    limit: BigInt = strawberry.field(description="Values in a period.")
    remaining: BigInt = strawberry.field(description="How many are left of them, this operation counted.")
    reset_at: datetime = strawberry.field(description="When all of them are there again.")
    requests: RequestLimit = strawberry.field(description="The same for operations, whatever they cost.")


@strawberry.type
class RateLimitQuery:
    @strawberry.field(description="What is left of the caller's limits.", directives=[ANYONE])
    async def rate_limit(self, info: Info) -> RateLimit:
        context = info.context
        limiter, who = context.runtime.limiter, context.caller.counted_as
        own = context.caller.viewer.rate_limit if context.caller.viewer else None
        budget = await limiter.look(Limit.COST, who)
        requests: Allowance = await limiter.look(Limit.REQUESTS, who, own)
        return RateLimit(
            cost=context.cost,
            limit=BigInt(budget.total),
            remaining=BigInt(budget.remaining),
            reset_at=budget.reset_at,
            requests=RequestLimit(
                limit=requests.total, remaining=requests.remaining, reset_at=requests.reset_at
            ),
        )
