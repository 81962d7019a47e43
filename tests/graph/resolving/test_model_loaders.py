"""What is told of many models is read in as many queries as what is told of one."""

from types import SimpleNamespace

import pytest

from domain.models import ModelVersion
from graph.resolving.loaders import Loaders
from graph.schema import root
from tests.domain.services.rows import a_job, a_model, a_model_version, a_promotion, a_run
from tests.graph.resolving.conftest import opened
from tests.graph.resolving.test_loaders import queries

STATUS = """metrics { silhouette } championSince daysInService trainedAt rememberedPredictionCount
  datasetPredictionCount lastPredictedAt"""
VERSION = (
    f"version isChampion checksum model {{ id }} run {{ id modelVersions {{ id }} }} status {{ {STATUS} }}"
)
LISTED = f"""{{ models {{ edges {{ node {{ name championSince champion {{ {VERSION} }}
  version(number: 1) {{ {VERSION} }} status {{ {STATUS} }} }} }} }} }}"""


async def a_served_model() -> ModelVersion:
    """A model whose only version is its champion."""
    model = await a_model()
    version = await a_model_version(
        await a_run(await a_job(status="SUCCEEDED"), scorer_checksum="a" * 64), model_id=model.id
    )
    await a_promotion(version)
    model.champion_id = version.id
    await model.save()
    return version


async def test_many_models_take_as_many_queries_as_one(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    counts = []
    async with opened(database_url):
        for more in (1, 4):
            for _ in range(more):
                await a_served_model()
            with queries(caplog) as sent:
                answer = await root.schema.execute(LISTED, context_value=SimpleNamespace(loaders=Loaders()))
            assert answer.errors is None
            assert answer.data is not None
            listed = [edge["node"] for edge in answer.data["models"]["edges"]]
            assert all(each["champion"]["run"] == each["version"]["run"] for each in listed)
            assert all(each["championSince"] for each in listed)
            counts.append((len(listed), len(sent)))

    (one, few), (many, as_many) = counts
    assert (one, many) == (1, 5)
    assert few == as_many
