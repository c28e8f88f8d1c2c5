"""Logistic regression over standardised features.

Method: D. R. Cox, The regression analysis of binary sequences, J. R. Stat. Soc. B 20, 1958; with
an L2 penalty, fitted by scikit-learn (BSD-3-Clause).
"""

import warnings
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field

from aura.errors import DataError, TrainingError

_MAX_ITERATIONS = 5000
_TOLERANCE = 1e-6
_CONSTANT_BELOW = 1e-10
"""A column whose deviation is below this share of its magnitude carries rounding noise only."""


class LogisticRegressionConfig(BaseModel, extra="forbid", frozen=True):
    """Settings of `logistic_regression`."""

    C: float = Field(
        default=0.1,
        gt=0,
        le=1e6,
        description="Inverse strength of the L2 penalty on the weights of standardised features. "
        "0.1 is moderately strong: it holds about 50 features of some dozens of videos.",
    )
    clip_sd: float = Field(
        default=5.0,
        gt=0,
        le=1e6,
        description="Standardised values are held within this many standard deviations, so that "
        "one feature far outside what was seen in training cannot decide alone.",
    )
    balanced: bool = Field(
        default=True,
        description="Weigh the classes equally, whatever their numbers; probabilities then stand "
        "for equally many real and fake videos.",
    )


class LogisticRegressionModel:
    """A `FeatureModel` whose logit is a bias plus a weighted sum of standardised features.

    Columns that are constant in training get the weight zero: nothing was learned of them.
    """

    def __init__(self, config: LogisticRegressionConfig) -> None:
        self._config = config
        self._names: tuple[str, ...] = ()
        self._centre = np.zeros(0)
        self._scale = np.ones(0)
        self._weights = np.zeros(0)
        self._bias: float | None = None

    @property
    def config(self) -> LogisticRegressionConfig:
        """All settings the model was created with."""
        return self._config

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the columns it was fitted on, in their order."""
        return self._names

    @property
    def bias(self) -> float:
        """The logit of a video whose every feature stands at the training mean."""
        if self._bias is None:
            raise TrainingError("logistic_regression has not been fitted: call fit first")
        return self._bias

    def fit(
        self, features: NDArray[np.float64], labels: NDArray[np.int64], *, names: Sequence[str]
    ) -> None:
        """Fit to ``features`` float64 [N, D] and ``labels`` int64 [N]; see `FeatureModel`."""
        matrix = _checked(features, tuple(names))
        if labels.shape != (len(matrix),):
            raise DataError(f"{labels.size} labels for {len(matrix)} rows: one a row is needed")
        if len(np.unique(labels)) < 2:
            raise TrainingError("all training labels are equal; both real and fake are needed")
        self._names = tuple(names)
        self._centre = matrix.mean(axis=0)
        deviation = matrix.std(axis=0)
        magnitude = np.abs(matrix).max(axis=0)
        varies = deviation > _CONSTANT_BELOW * magnitude
        self._scale = np.where(varies, deviation, 1.0)
        standardised = np.where(varies, self._standardised(matrix), 0.0)
        weights, self._bias = _solve(standardised, labels, config=self._config)
        self._weights = np.where(varies, weights, 0.0)

    def logits(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the logit of each row of ``features``, float64 [N]; see `FeatureModel`."""
        bias = self.bias
        standardised = self._standardised(_checked(features, self._names))
        # Summed row by row: a video's logit must not depend on the rows beside it.
        return np.array([float(np.sum(row * self._weights)) + bias for row in standardised])

    def contributions(self, row: NDArray[np.float64]) -> dict[str, float]:
        """Return what each feature adds to the logit of ``row``; with `bias` they sum to it."""
        _ = self.bias
        standardised = self._standardised(_checked(row[None], self._names))[0]
        return dict(zip(self._names, (standardised * self._weights).tolist(), strict=True))

    def unfamiliar(self, row: NDArray[np.float64]) -> tuple[str, ...]:
        """Return the features of ``row`` float64 [D] that are clipped at ``clip_sd`` deviations."""
        distance = np.abs((row - self._centre) / self._scale)
        far = (distance > self._config.clip_sd) & (self._weights != 0)
        return tuple(name for name, is_far in zip(self._names, far, strict=True) if is_far)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return centre, scale and weights float64 [D] and the bias float64 [1]."""
        return {
            "bias": np.array([self.bias]),
            "centre": self._centre.copy(),
            "scale": self._scale.copy(),
            "weights": self._weights.copy(),
        }

    def restore(self, arrays: Mapping[str, NDArray[np.generic]], *, names: Sequence[str]) -> None:
        """Take over a state that `arrays` returned.

        Raises:
            DataError: An array is absent, of another shape, or not finite.
        """
        state: dict[str, NDArray[np.float64]] = {}
        for key, size in (
            ("bias", 1),
            ("centre", len(names)),
            ("scale", len(names)),
            ("weights", len(names)),
        ):
            value = arrays.get(key)
            if value is None or value.dtype != np.float64 or value.shape != (size,):
                found = "nothing" if value is None else f"{value.dtype} {list(value.shape)}"
                raise DataError(
                    f"logistic_regression: expected {key} as float64 [{size}], found {found}"
                )
            state[key] = value.astype(np.float64)
            if not np.isfinite(state[key]).all():
                raise DataError(f"logistic_regression: {key} holds values that are not finite")
        self._names = tuple(names)
        self._centre, self._scale = state["centre"], state["scale"]
        self._weights, self._bias = state["weights"], float(state["bias"][0])

    def _standardised(self, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
        limit = self._config.clip_sd
        return np.clip((matrix - self._centre) / self._scale, -limit, limit)


def _solve(
    matrix: NDArray[np.float64], labels: NDArray[np.int64], *, config: LogisticRegressionConfig
) -> tuple[NDArray[np.float64], float]:
    """Return the weights float64 [D] and the bias of the penalised fit."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    solver = LogisticRegression(
        C=config.C,
        class_weight="balanced" if config.balanced else None,
        max_iter=_MAX_ITERATIONS,
        tol=_TOLERANCE,
    )
    # Sums split over threads round differently; on one thread equal input gives equal bytes.
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        try:
            solver.fit(matrix, labels)
        except ConvergenceWarning as error:
            raise TrainingError(
                f"logistic_regression did not converge in {_MAX_ITERATIONS} iterations: "
                "set a smaller C"
            ) from error
    return np.asarray(solver.coef_)[0], float(np.asarray(solver.intercept_)[0])


def _checked(features: NDArray[np.float64], names: tuple[str, ...]) -> NDArray[np.float64]:
    matrix = np.asarray(features, dtype=np.float64)
    if matrix.ndim != 2 or matrix.shape[1] != len(names) or matrix.size == 0:
        raise DataError(
            f"features of shape {list(matrix.shape)} arrived; "
            f"[videos, {len(names)}] with at least one row and one column was expected"
        )
    if len(set(names)) != len(names):
        raise DataError("a feature name occurs twice: every column needs a name of its own")
    faulty = np.argwhere(~np.isfinite(matrix))
    if len(faulty):
        row, column = faulty[0]
        raise DataError(
            f"feature {names[column]} is {matrix[row, column]} in row {row} "
            f"({len(faulty)} such values): features must be finite, extract them again"
        )
    return matrix
