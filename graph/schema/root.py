"""Joins the nouns into the schema."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

from domain.services import accounts, api_keys, auditing, profiles, remembering, sessions
from domain.terms.access import Role
from graph.resolving.access import USER, Access
from graph.resolving.context import Context, Info
from graph.resolving.relay import Node, parse_id
from graph.resolving.scalars import BIG_INT, BigInt
from graph.resolving.uploads import UPLOAD, Upload
from graph.schema.account_changes import AccountMutation
from graph.schema.accounts import User, Viewer, ViewerQuery
from graph.schema.administration import AdministrationMutation, AdministrationQuery
from graph.schema.api_keys import ApiKey, ApiKeyMutation, ApiKeyQuery
from graph.schema.audience_changes import AudienceMutation
from graph.schema.audiences import Audience, AudienceQuery
from graph.schema.audit import AuditEvent, AuditQuery
from graph.schema.comparisons import ComparisonQuery
from graph.schema.competitions import (
    CompetitionMutation,
    CompetitionQuery,
    CompetitionSubscription,
    TrainingComparison,
)
from graph.schema.dataset_predictions import (
    DatasetPrediction,
    DatasetPredictionQuery,
    DatasetPredictionSubscription,
)
from graph.schema.datasets import Dataset, DatasetQuery
from graph.schema.exports import ExportMutation
from graph.schema.models import Model, ModelVersion
from graph.schema.personal_data import PersonalDataMutation
from graph.schema.placing_datasets import DatasetPredictionMutation
from graph.schema.predictions import PredictionMutation
from graph.schema.previews import PreviewMutation
from graph.schema.profile_changes import ProfileMutation
from graph.schema.profiles import CustomerProfile, ProfileQuery, ProfileSubscription
from graph.schema.rate_limits import RateLimitQuery
from graph.schema.recommendations import Recommendation
from graph.schema.registering import ModelMutation, ModelQuery
from graph.schema.remembered_predictions import PredictionQuery, RememberedPrediction
from graph.schema.reviewing import RecommendationMutation
from graph.schema.runs import ClusteringRun, RunQuery, RunSubscription
from graph.schema.segment_migration import MigrationQuery
from graph.schema.segments import Segment, SegmentMutation, SegmentQuery
from graph.schema.sessions import Session, SessionMutation, SessionQuery
from graph.schema.training import RunMutation
from graph.schema.uploading import DatasetMutation

_AUDIENCES = {
    Access.ANALYST: "For analysts and administrators.",
    Access.ADMIN: "For administrators.",
}


def _merged(name: str, description: str, *parts: type) -> type:
    merged = merge_types(name, parts)
    definition: Any = merged.__strawberry_definition__  # type: ignore[attr-defined]  # just put there
    definition.description = description
    for field in definition.fields:
        # Introspection does not tell of directives that are applied, so that explorers show it only so.
        audience = next((_AUDIENCES.get(each.to) for each in field.directives), None)
        if audience and not field.description.endswith(audience):
            field.description = f"{field.description} {audience}"
    return merged


@strawberry.type
class NodeQuery:
    @strawberry.field(
        description="Any object by its id; null when there is none, or it is not yours to see.",
        directives=[USER],
    )
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="The object.")]
    ) -> Node | None:
        parsed = parse_id(id)
        read = _NODES.get(parsed[0]) if parsed else None
        return await read(info.context, parsed[1]) if read and parsed else None


def _loaded(kind: Any, loader: str) -> Callable[[Context, UUID], Awaitable[Node | None]]:
    """Read what is open to all who are signed in, by the loader of its kind."""

    async def read(context: Context, key: UUID) -> Node | None:
        row = await getattr(context.loaders, loader).load(key)
        found: Node | None = kind.of(row) if row else None
        return found

    return read


async def _recommendation(context: Context, key: UUID) -> Node | None:
    row = await context.loaders.recommendation.load(key)
    return Recommendation.of(row, await context.loaders.the_segment(row.segment_id)) if row else None


async def _user(context: Context, key: UUID) -> Node | None:
    row = await accounts.visible_to(context.viewer).get_or_none(id=key)
    return User.of(row) if row else None


async def _viewer(context: Context, key: UUID) -> Node | None:
    return Viewer.of(context.viewer) if context.viewer.account_id == key else None


async def _session(context: Context, key: UUID) -> Node | None:
    row = await sessions.of(context.viewer.account_id).get_or_none(id=key)
    return Session.of(row, context) if row else None


async def _api_key(context: Context, key: UUID) -> Node | None:
    row = await api_keys.visible_to(context.viewer).get_or_none(id=key)
    return ApiKey.of(row) if row else None


async def _audit_event(context: Context, key: UUID) -> Node | None:
    if not context.viewer.role.includes(Role.ADMIN):
        return None
    row = await auditing.newest_first().get_or_none(id=key)
    return AuditEvent.of(row) if row else None


async def _remembered_prediction(context: Context, key: UUID) -> Node | None:
    row = await remembering.visible_to(context.viewer).get_or_none(id=key)
    return RememberedPrediction.of(row) if row else None


async def _customer_profile(context: Context, key: UUID) -> Node | None:
    row = await profiles.visible_to(context.viewer).get_or_none(id=key)
    return CustomerProfile.of(row) if row else None


_NODES: dict[str, Callable[[Context, UUID], Awaitable[Node | None]]] = {
    "Dataset": _loaded(Dataset, "dataset"),
    "ClusteringRun": _loaded(ClusteringRun, "run"),
    "Segment": _loaded(Segment, "segment"),
    "Recommendation": _recommendation,
    "User": _user,
    "Viewer": _viewer,
    "Session": _session,
    "ApiKey": _api_key,
    "AuditEvent": _audit_event,
    "RememberedPrediction": _remembered_prediction,
    "CustomerProfile": _customer_profile,
    "TrainingComparison": _loaded(TrainingComparison, "training_comparison"),
    "Model": _loaded(Model, "model"),
    "ModelVersion": _loaded(ModelVersion, "model_version"),
    "DatasetPrediction": _loaded(DatasetPrediction, "dataset_prediction"),
    "Audience": _loaded(Audience, "audience"),
}
"""How each type of object is read by whoever may see it."""

Query = _merged(
    "Query",
    "What can be read.",
    NodeQuery,
    ViewerQuery,
    DatasetQuery,
    RunQuery,
    SegmentQuery,
    ComparisonQuery,
    CompetitionQuery,
    PredictionQuery,
    DatasetPredictionQuery,
    MigrationQuery,
    ModelQuery,
    ProfileQuery,
    SessionQuery,
    ApiKeyQuery,
    RateLimitQuery,
    AdministrationQuery,
    AudienceQuery,
    AuditQuery,
)
Mutation = _merged(
    "Mutation",
    "What can be changed.",
    SessionMutation,
    AccountMutation,
    ApiKeyMutation,
    DatasetMutation,
    PreviewMutation,
    RunMutation,
    CompetitionMutation,
    ModelMutation,
    SegmentMutation,
    PredictionMutation,
    DatasetPredictionMutation,
    RecommendationMutation,
    ProfileMutation,
    AdministrationMutation,
    PersonalDataMutation,
    AudienceMutation,
    ExportMutation,
)
Subscription = _merged(
    "Subscription",
    "What can be watched.",
    RunSubscription,
    CompetitionSubscription,
    ProfileSubscription,
    DatasetPredictionSubscription,
)

schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[
        Dataset,
        ClusteringRun,
        Segment,
        Recommendation,
        User,
        Viewer,
        Session,
        ApiKey,
        AuditEvent,
        RememberedPrediction,
        CustomerProfile,
        TrainingComparison,
        Model,
        ModelVersion,
        DatasetPrediction,
        Audience,
    ],
    config=StrawberryConfig(scalar_map={BigInt: BIG_INT, Upload: UPLOAD}),
)


def exported() -> str:
    """Write the schema as clients' tools read it."""
    # Strawberry writes this directive for tools that don't know it yet, but not what it means.
    described = '"""Exactly one field of this input is given."""\ndirective @oneOf '
    return schema.as_str().replace("directive @oneOf ", described, 1) + "\n"
