"""What a training knows, from its order to its outcome."""

from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from domain.jobs import continuing
from domain.jobs.continuing import Continuity
from domain.jobs.scorers import scorer_of
from domain.learning.clustering import Clustering
from domain.learning.explaining.explanation import Explanation
from domain.learning.judging.confidence import Membership
from domain.learning.judging.evaluation import Evaluation
from domain.learning.preparing.columns import SourceColumn
from domain.learning.preparing.features import Features
from domain.learning.preparing.reduction import Reduction
from domain.storage.files import Storage
from domain.terms.arrays import Labels, Rows, Vector
from domain.terms.readings import StoredColumn
from domain.terms.recommendations import Advice
from domain.terms.scoring import Scorer
from domain.terms.segments import FeatureImportance, SegmentFindings
from domain.terms.training import TrainingOrder, TrainingOutcome

PerRow = TypeVar("PerRow", Labels, Vector)


@dataclass
class Training:
    """What a training knows so far; each step adds its part.

    `columns`, labels and whatever else is by sample are of the rows that take part;
    `of_all_rows` spreads them over the table.
    """

    storage: Storage
    folder: str
    order: TrainingOrder
    row_count: int = field(init=False)
    columns: tuple[SourceColumn, ...] = field(init=False)
    blank_rows: Rows = field(init=False)
    readings: dict[str, StoredColumn] = field(init=False)
    features: Features = field(init=False)
    reduction: Reduction = field(init=False)
    clustering: Clustering = field(init=False)
    evaluation: Evaluation = field(init=False)
    confidence: float | None = field(init=False)
    members: Membership = field(init=False)
    continuity: Continuity = field(init=False)
    explanations: tuple[Explanation, ...] = field(init=False)
    importance: tuple[FeatureImportance, ...] = field(init=False)
    importance_by_cluster: tuple[tuple[FeatureImportance, ...], ...] = field(init=False)
    findings: tuple[SegmentFindings, ...] = field(init=False)
    advice: tuple[Advice, ...] = field(init=False)
    scorer_checksum: str = field(init=False)

    def of_all_rows(self, values: PerRow, fill: float = -1) -> PerRow:
        """Give the rows that don't take part a value too."""
        if self.features.rows is None:
            return values
        spread: PerRow = np.full(self.row_count, fill, values.dtype)
        spread[self.features.rows] = values
        return spread

    def segments_found(self) -> tuple[SegmentFindings, ...]:
        """Put together what is known of each segment, by index."""
        labels = self.clustering.partition.labels
        sizes = np.bincount(labels[labels >= 0])
        found = [
            SegmentFindings(
                index=identity.index,
                generated_name=explanation.name,
                color=color,
                previous_index=identity.previous_index,
                size=int(size),
                share=float(size / sizes.sum()),
                centroid=explanation.centroid,
                characteristics=explanation.characteristics,
                rule=explanation.rule,
                silhouette=silhouette,
                stability=stable,
                feature_importance=shares,
            )
            for identity, explanation, color, size, silhouette, stable, shares in zip(
                self.continuity.identities,
                self.explanations,
                continuing.colors(self.continuity.identities, self.order.previous),
                sizes,
                self.evaluation.by_cluster,
                self.clustering.stability.by_cluster,
                self.importance_by_cluster,
                strict=True,
            )
        ]
        return tuple(sorted(found, key=lambda segment: segment.index))

    def scorer(self) -> Scorer:
        """Put together what places new customers as this training did."""
        partition = self.clustering.partition
        return scorer_of(
            self.columns,
            self.readings,
            self.order.parameters.preparation,
            self.features,
            self.reduction,
            partition.labels,
            partition.assigner,
            np.array([identity.index for identity in self.continuity.identities], dtype=np.int64),
            self.order.identifier,
        )

    def outcome(self) -> TrainingOutcome:
        """Put together everything that becomes rows."""
        return TrainingOutcome(
            metrics=replace(
                self.evaluation.metrics,
                stability=self.clustering.stability.mean,
                confidence=self.confidence,
                encoded_feature_count=len(self.features.names),
            ),
            selection=self.clustering.selection,
            structure=self.clustering.structure,
            approximation=self.clustering.approximation,
            density=self.clustering.partition.density,
            preparation=self.features.preparation,
            imputed=self.features.imputed,
            explained_variance=self.reduction.explained_variance,
            segments=self.findings,
            changes=self.continuity.changes,
            feature_importance=self.importance,
            advice=self.advice,
            scorer_checksum=self.scorer_checksum,
        )
