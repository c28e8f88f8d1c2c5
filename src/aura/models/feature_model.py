"""What every model over named features offers."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel


class FeatureModel(Protocol):
    """A model from rows of named numbers to logits; a high logit means fake.

    It knows nothing of files: ``arrays`` and ``restore`` hand its fitted state over as plain
    arrays, and what cannot be plain numbers is one ``uint8`` array of a format that loads
    without running code.
    """

    @property
    def config(self) -> BaseModel:
        """All settings the model was created with."""
        ...

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the columns it was fitted on, in their order."""
        ...

    def fit(
        self, features: NDArray[np.float64], labels: NDArray[np.int64], *, names: Sequence[str]
    ) -> None:
        """Fit to ``features`` float64 [N, D] and ``labels`` int64 [N]; equal input, equal state.

        Raises:
            DataError: A value is missing or infinite, or the shapes do not agree.
            TrainingError: The labels are all equal, or the fit does not converge.
        """
        ...

    def logits(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return float64 [N], the log-odds of fake for ``features`` float64 [N, D].

        Raises:
            DataError: A value is missing or infinite, or the columns are not as fitted.
            TrainingError: The model has not been fitted.
        """
        ...

    def contributions(self, row: NDArray[np.float64]) -> dict[str, float]:
        """Return what each feature adds to the logit of ``row`` float64 [D]."""
        ...

    def unfamiliar(self, row: NDArray[np.float64]) -> tuple[str, ...]:
        """Return the features of ``row`` that lie far outside those it was fitted on."""
        ...

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the fitted state as plain arrays."""
        ...

    def restore(self, arrays: Mapping[str, NDArray[np.generic]], *, names: Sequence[str]) -> None:
        """Take over a state that ``arrays`` returned."""
        ...
