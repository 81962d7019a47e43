"""Rows to put into a database, where a test is about rows and not about where they come from."""

from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from domain.models import (
    Account,
    ApiKey,
    Audience,
    AuditEvent,
    ClusteringRun,
    ComparedTraining,
    CustomerProfile,
    Dataset,
    DatasetPrediction,
    Job,
    ModelVersion,
    ProfilePlacement,
    Promotion,
    RateWindow,
    Recommendation,
    RefreshToken,
    RegisteredModel,
    RememberedPrediction,
    Segment,
    Session,
    TrainingComparison,
)
from domain.services.identities import new_id, now
from domain.terms.access import AccountKind, Role, Viewer, ViewerKind
from domain.terms.algorithms import Algorithm, KMeansSettings
from domain.terms.auditing import AuditOutcome
from domain.terms.columns import Column, ColumnRole, Histogram, NumericSummary, RoleOverride
from domain.terms.competitions import WinningCriterion
from domain.terms.exports import AudienceKind
from domain.terms.imports import ImportReport, TableFormat
from domain.terms.jobs import JobKind
from domain.terms.palette import SEGMENT_COLORS
from domain.terms.recommendations import Priority, RecommendationKind
from domain.terms.registering import PromotionKind
from domain.terms.training import TrainingParameters

AGES = NumericSummary(20, 65, 42.5, 15.14, 42.5, Histogram((20, 65), (10,)))

LONG_AGO = timedelta(days=1)
"""Longer than any lease."""


async def a_dataset(**values: Any) -> Dataset:
    """A dataset of ten rows, without a table in the storage."""
    columns = (
        Column("age", ColumnRole.NUMERIC, "numbers", 0, 10, AGES, ()),
        Column("note", ColumnRole.TEXT, "long texts", 0, 10, None, ()),
    )
    report = ImportReport(TableFormat.CSV, "utf-8", ",", 10, 0, ())
    given = {"name": "customers", "row_count": 10, "columns": columns, "import_report": report, **values}
    return await Dataset.create(id=new_id(), checksum="0" * 64, size_in_bytes=100, created_at=now(), **given)


async def a_job(**values: Any) -> Job:
    """A queued training job."""
    given = {"kind": JobKind.TRAIN, "stage": "QUEUED", **values}
    return await Job.create(id=new_id(), created_at=now(), **given)


async def a_running_job(owner: UUID | None = None, **values: Any) -> Job:
    """A job that a process has begun, and not been heard of for long."""
    given = {"status": "RUNNING", "attempt": 1, "beat_at": now() - LONG_AGO, "started_at": now() - LONG_AGO}
    return await a_job(owner=owner or uuid4(), **given | values)


async def a_run(job: Job, dataset: Dataset | None = None, **values: Any) -> ClusteringRun:
    """A run of a job, on a dataset."""
    dataset = dataset or await a_dataset()
    parameters = TrainingParameters(
        KMeansSettings(2), (RoleOverride("age", ColumnRole.NUMERIC),), pca=None, seed=0
    )
    given = {"algorithm": Algorithm.KMEANS, "parameters": parameters, "fingerprint": "0" * 64, **values}
    return await ClusteringRun.create(
        id=new_id(), dataset_id=dataset.id, job_id=job.id, created_at=now(), **given
    )


async def a_segment(run: ClusteringRun, index: int, name: str, **values: Any) -> Segment:
    """A segment of a run, with the name that was generated for it."""
    return await Segment.create(
        id=new_id(),
        run_id=run.id,
        index=index,
        name=name,
        generated_name=name,
        color=SEGMENT_COLORS[index],
        size=5,
        share=0.5,
        centroid=(),
        characteristics=(),
        **values,
    )


async def a_recommendation(segment: Segment) -> Recommendation:
    """A recommendation for a segment."""
    return await Recommendation.create(
        id=new_id(),
        segment_id=segment.id,
        position=0,
        kind=RecommendationKind.RETAIN,
        title="Keep them",
        action="Thank {segment}",
        rationale="They stay",
        priority=Priority.HIGH,
    )


async def an_account(**values: Any) -> Account:
    """A person's active account with the role USER, and a password that nobody knows."""
    username = values.get("username", f"person-{uuid4().hex[:8]}")
    given = {
        "kind": AccountKind.PERSON,
        "username": username,
        "username_key": username.casefold(),
        "password_hash": "of no password",
        "role": Role.USER,
        "active": True,
        **values,
    }
    return await Account.create(id=new_id(), created_at=now(), **given)


async def a_session(account: Account | None = None, **values: Any) -> Session:
    """A sign-in that holds for a day, of an account."""
    account = account or await an_account()
    moment = now()
    given = {
        "expires_at": moment + timedelta(days=1),
        "last_used_at": moment,
        "address": "127.0.0.1",
        **values,
    }
    return await Session.create(id=new_id(), account_id=account.id, created_at=moment, **given)


async def a_refresh_token(session: Session, **values: Any) -> RefreshToken:
    """A refresh token of a session, that has not been used."""
    given = {"token_hash": sha256(uuid4().bytes).hexdigest(), **values}
    return await RefreshToken.create(session_id=session.id, issued_at=now(), **given)


async def a_key(account: Account | None = None, **values: Any) -> ApiKey:
    """An API key of an account, with the role USER, that does not expire."""
    account = account or await an_account()
    given = {
        "name": "reports",
        "role": Role.USER,
        "prefix": "sg_01234567",
        "token_hash": sha256(uuid4().bytes).hexdigest(),
        **values,
    }
    return await ApiKey.create(id=new_id(), account_id=account.id, created_at=now(), **given)


async def an_audit_event(account: Account | None = None, **values: Any) -> AuditEvent:
    """An entry of the audit: somebody has signed in."""
    given = {
        "action": "signIn",
        "outcome": AuditOutcome.SUCCEEDED,
        "actor_id": account and account.id,
        "actor_name": account and account.username,
        "actor_kind": account and ViewerKind.USER,
        "address": "127.0.0.1",
        "request_id": uuid4().hex,
        **values,
    }
    return await AuditEvent.create(id=new_id(), at=now(), **given)


async def a_rate_window(**values: Any) -> RateWindow:
    """A window of a limit that something was used of."""
    given = {"key": uuid4().hex, "amount": 1, "expires_at": now().timestamp() + 60, **values}
    return await RateWindow.create(**given)


async def a_model(**values: Any) -> RegisteredModel:
    """A model without a version."""
    name = values.get("name", f"model-{uuid4().hex[:8]}")
    given = {"name": name, "name_key": name.casefold(), **values}
    return await RegisteredModel.create(id=new_id(), created_at=now(), **given)


async def a_model_version(run: ClusteringRun, **values: Any) -> ModelVersion:
    """The first version of a model, which is made with it unless it is given."""
    model_id = values.pop("model_id", None) or (await a_model()).id
    given = {"version": 1, **values}
    return await ModelVersion.create(id=new_id(), model_id=model_id, run_id=run.id, created_at=now(), **given)


async def a_promotion(version: ModelVersion, **values: Any) -> Promotion:
    """That a version became champion, as the history has it; the model's own champion is left as it is."""
    given = {"kind": PromotionKind.PROMOTED, **values}
    return await Promotion.create(
        id=new_id(), model_id=version.model_id, version_id=version.id, at=now(), **given
    )


async def a_remembered_prediction(run: ClusteringRun, **values: Any) -> RememberedPrediction:
    """What was said of somebody without a key."""
    given = {"attributes": {"age": 40}, "confidence": 0.5, "distance": 1.0, "predicted_at": now(), **values}
    return await RememberedPrediction.create(id=new_id(), run_id=run.id, **given)


async def a_dataset_prediction(run: ClusteringRun, dataset: Dataset, **values: Any) -> DatasetPrediction:
    """A dataset to be placed by a run, with a job that is queued."""
    job = await a_job(kind=JobKind.PREDICT)
    given = {"fingerprint": "0" * 64, **values}
    return await DatasetPrediction.create(
        id=new_id(), job_id=job.id, run_id=run.id, dataset_id=dataset.id, created_at=now(), **given
    )


async def an_audience(segment: Segment, **values: Any) -> Audience:
    """A static audience of a segment."""
    name = values.get("name", f"audience-{uuid4().hex[:8]}")
    given = {
        "name": name,
        "name_key": name.casefold(),
        "kind": AudienceKind.STATIC,
        "salt": uuid4().hex,
        **values,
    }
    return await Audience.create(id=new_id(), segment_id=segment.id, created_at=now(), **given)


async def a_profile(account: Account | None = None, **values: Any) -> CustomerProfile:
    """A profile of an account's own, placed by nothing yet."""
    account = account or await an_account()
    given = {"name": "Ada", "attributes": {"age": 40}, **values}
    moment = now()
    return await CustomerProfile.create(
        id=new_id(), account_id=account.id, created_at=moment, updated_at=moment, **given
    )


async def a_placement(profile: CustomerProfile, **values: Any) -> ProfilePlacement:
    """That a profile's customer belonged to no segment that is there any more."""
    given = {"version": 1, "segment_name": "Big spenders", **values}
    return await ProfilePlacement.create(id=new_id(), profile_id=profile.id, placed_at=now(), **given)


async def a_training_comparison(run: ClusteringRun, **values: Any) -> TrainingComparison:
    """A comparison of a single run."""
    given = {"criterion": WinningCriterion.SILHOUETTE, **values}
    comparison = await TrainingComparison.create(
        id=new_id(), dataset_id=run.dataset_id, created_at=now(), **given
    )
    await ComparedTraining.create(id=new_id(), comparison_id=comparison.id, run_id=run.id, position=0)
    return comparison


def viewer_of(account: Account, key: ApiKey | None = None, **values: Any) -> Viewer:
    """An account as it asks: signed in, or by one of its keys."""
    given = {
        "account_id": account.id,
        "username": account.username,
        "name": account.name,
        "role": account.role if key is None else key.role.at_most(account.role),
        "kind": ViewerKind.USER if key is None else ViewerKind.API_KEY,
        "key_id": key and key.id,
        "expires_at": key and key.expires_at,
        "rate_limit": key and key.rate_limit,
        **values,
    }
    return Viewer(**given)
