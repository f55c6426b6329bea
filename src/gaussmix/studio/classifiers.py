"""The classifier of a session: class densities for a column of labels, and their decision map."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..estimators import MixtureClassifier
from .answers import RequestError, sentence_of
from .chosen import ChosenRows
from .control import CancellableEngine, Control
from .fits import Listener
from .looks import View
from .messages import Classify, Notice

__all__ = ["ClassifierOfSession"]


class ClassifierOfSession:
    """A classifier for the column of labels.

    Parameters
    ----------
    rows : ChosenRows
        The rows, with labels.
    asked : Classify
        What the page asks for.
    listener : Listener
        Who is told.

    Raises
    ------
    InputError
        If there is no column of labels with two different ones.
    """

    def __init__(self, rows: ChosenRows, asked: Classify, listener: Listener) -> None:
        if len(rows.labels[0]) < 2:
            raise InputError("A decision map needs labels of two kinds at least: choose a column of labels.")
        self.rows, self.asked, self._listener = rows, asked, listener
        self._classifier: MixtureClassifier | None = None

    @property
    def ready(self) -> bool:
        """Whether the map can be drawn."""
        return self._classifier is not None

    def run(self, control: Control) -> None:
        """Fit the classifier; in a thread of its own."""
        codes = self.rows.labels[1]
        labelled = codes >= 0
        classifier = MixtureClassifier(
            self.asked.n_components,
            covariance_type=self.asked.covariance_type,
            random_state=self.asked.random_state,
            engine=CancellableEngine(control),
        )
        try:
            self._classifier = classifier.fit(self.rows.X[labelled], codes[labelled])
        except KeyboardInterrupt:
            return
        except Exception as error:
            self._listener.post(Notice(sentence_of(error), "error"))
        self._listener.changed()

    def decision(self, view: View) -> NDArray[np.uint8]:
        """Return the label and its probability at each pixel, (2, height, width); the other columns are integrated out.

        Raises
        ------
        RequestError
            If there is no classifier yet.
        """
        if self._classifier is None:
            raise RequestError("There is no classifier yet: fit one.")
        view.check_size(max(self.rows.X.shape[1], len(self._classifier.classes_)))
        centres = view.centres()
        points = np.full((len(centres), self.rows.X.shape[1]), np.nan)
        points[:, self.rows.places(view.columns)] = centres
        probabilities = self._classifier.predict_proba(points)
        best = probabilities.argmax(axis=1)
        highest = np.rint(255 * probabilities.max(axis=1))
        return np.stack([self._classifier.classes_[best], highest]).astype(np.uint8).reshape(2, *view.shape)
