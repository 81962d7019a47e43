"""The array types that learning, pictures and jobs share."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Matrix: TypeAlias = NDArray[np.float64]
"""Samples by features, (n_samples, n_features)."""

Vector: TypeAlias = NDArray[np.float64]
"""One number a sample, a cluster or a feature."""

Labels: TypeAlias = NDArray[np.int64]
"""The cluster of each sample, (n_samples,); -1 is noise."""

Rows: TypeAlias = NDArray[np.int64]
"""0-based row numbers of a table."""

Mask: TypeAlias = NDArray[np.bool_]
"""One truth value a sample."""

AnyArray: TypeAlias = NDArray[Any]
"""An array of any element type."""
