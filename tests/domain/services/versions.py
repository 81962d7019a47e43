"""Versions of models that place customers by their age, made by hand: nothing is trained."""

from typing import Any
from uuid import UUID

import numpy as np

from domain.models import ModelVersion, RegisteredModel
from domain.services import promotions, trainings
from domain.services.runtime import Runtime
from domain.storage.scorers import dump_scorer
from domain.terms.columns import ColumnRole
from domain.terms.preparation import MissingTreatment
from domain.terms.readings import Kind, Reading
from domain.terms.scoring import CentroidRule, EncodedFeature, ScoredColumn, Scorer
from tests.domain.services.rows import a_dataset, a_job, a_model, a_model_version, a_run, a_segment

NAMES = ("Young", "Old")
AGE = ScoredColumn("age", ColumnRole.NUMERIC, Reading(Kind.NUMBERS), low=18.0, high=90.0, whole=True)


def by_age(young: float, old: float) -> Scorer:
    """A scorer whose customers are young or old: whichever of these ages is nearer."""
    centroids = np.array([[young], [old]])
    return Scorer(
        columns=(AGE,),
        features=(EncodedFeature("age"),),
        segments=np.array([0, 1]),
        means=centroids,
        rule=CentroidRule(centroids),
        missing=MissingTreatment.LEAVE_OUT,
    )


async def a_placing_version(
    runtime: Runtime, young: float = 20.0, old: float = 60.0, *, model_id: UUID | None = None, **values: Any
) -> ModelVersion:
    """A version whose segments are young and old customers; of a model of its own unless one is given."""
    run = await a_run(await a_job(status="SUCCEEDED"), await a_dataset(identifier="id"))
    for index, name in enumerate(NAMES):
        await a_segment(run, index, name)
    run.scorer_checksum = dump_scorer(runtime.storage, trainings.scorer_key(run), by_age(young, old))
    await run.save()
    return await a_model_version(run, model_id=model_id or (await a_model()).id, **values)


async def a_champion(runtime: Runtime, young: float = 20.0, old: float = 60.0) -> ModelVersion:
    """The first version of a model, which is its champion."""
    version = await a_placing_version(runtime, young, old)
    await promotions.promote(runtime, version.id)
    return version


async def a_challenger(runtime: Runtime, champion: ModelVersion, young: float, old: float) -> ModelVersion:
    """The next version of a model, which is not its champion yet."""
    count = await ModelVersion.filter(model_id=champion.model_id).count()
    return await a_placing_version(runtime, young, old, model_id=champion.model_id, version=count + 1)


async def model_of(version: ModelVersion) -> RegisteredModel:
    """The model of a version, as it is now."""
    return await RegisteredModel.get(id=version.model_id)
