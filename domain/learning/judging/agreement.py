"""How far two clusterings of the same samples agree."""

import numpy as np

from domain.terms.arrays import Labels


def cross_table(labels: Labels, others: Labels) -> Labels:
    """Count the samples by their two clusters: (highest label + 2, highest other + 2), the last place for -1.

    Both (n_samples,), -1 for no cluster. The place of a cluster is its number, so
    that numbers without a sample have a row or a column of zeros.
    """
    height, width = int(labels.max(initial=-1)) + 2, int(others.max(initial=-1)) + 2
    # -1 is the last place, as in indexing.
    places = np.where(labels < 0, height - 1, labels) * width + np.where(others < 0, width - 1, others)
    table: Labels = np.bincount(places, minlength=height * width).reshape(height, width)
    return table


def adjusted_rand_index(table: Labels) -> float | None:
    """Measure the agreement in a table of counts, clusters by clusters: 1 if equal, about 0 by chance.

    None where there is no sample. Two clusterings that put everything together, or
    everything apart, agree. Source: Hubert & Arabie 1985, equation 5.
    """
    count = int(table.sum())
    if count == 0:
        return None
    together = _pairs(table)
    mine, other = _pairs(table.sum(axis=1)), _pairs(table.sum(axis=0))
    everything = count * (count - 1) // 2
    # In whole numbers as far as it goes: pairs of a million are beyond what a float counts exactly.
    numerator = 2 * (together * everything - mine * other)
    denominator = everything * (mine + other) - 2 * mine * other
    return numerator / denominator if denominator else 1.0


def _pairs(counts: Labels) -> int:
    return sum(count * (count - 1) // 2 for count in counts.ravel().tolist())
