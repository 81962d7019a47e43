"""Holding a dataset, a run, a model and the like as they are until a transaction ends."""

from uuid import UUID

from tortoise.expressions import F

from domain.models import Account, ClusteringRun, Dataset, DatasetPrediction, RegisteredModel


async def hold(dataset_id: UUID) -> bool:
    """Keep others from changing or deleting a dataset, in a transaction; answer whether there is one."""
    # A write that changes nothing, for its lock: SQLite knows no other.
    return bool(await Dataset.filter(id=dataset_id).update(name=F("name")))


async def held(dataset_id: UUID) -> Dataset | None:
    """Hold a dataset and read it as it is then; None where there is none."""
    return await Dataset.get(id=dataset_id) if await hold(dataset_id) else None


async def hold_run(run_id: UUID) -> bool:
    """Keep others from changing or deleting a run, in a transaction; answer whether there is one."""
    return bool(await ClusteringRun.filter(id=run_id).update(fingerprint=F("fingerprint")))


async def hold_dataset_prediction(prediction_id: UUID) -> bool:
    """Keep others from changing or deleting what was placed, in a transaction; answer whether it is there."""
    found = DatasetPrediction.filter(id=prediction_id)
    return bool(await found.update(fingerprint=F("fingerprint")))


async def hold_account(account_id: UUID) -> bool:
    """Keep others from changing or deleting an account, in a transaction; answer whether there is one."""
    return bool(await Account.filter(id=account_id).update(username=F("username")))


async def held_model(model_id: UUID) -> RegisteredModel | None:
    """Keep others from changing or deleting a model, in a transaction, and read it as it is then."""
    held = await RegisteredModel.filter(id=model_id).update(name=F("name"))
    return await RegisteredModel.get(id=model_id) if held else None
