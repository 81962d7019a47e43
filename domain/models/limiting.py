"""What callers have used of their limits, where several servers count together."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class RateWindow(Model):
    """How much was used in the present window of a limit; `expires_at` is in seconds since 1970."""

    key = fields.CharField(max_length=200, primary_key=True)
    amount = fields.BigIntField()
    expires_at = fields.FloatField()

    class Meta:
        table = "rate_window"
        indexes = (Index(fields=("expires_at",)),)
