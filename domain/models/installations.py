"""Which database this is."""

from tortoise import fields
from tortoise.models import Model

ONLY = 1


class Installation(Model):
    """The database's identity, in its only row: the storage knows by it whose files it has."""

    id = fields.IntField(primary_key=True, generated=False)
    identity = fields.UUIDField()

    class Meta:
        table = "installation"
