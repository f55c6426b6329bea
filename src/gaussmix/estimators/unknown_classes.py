"""Classification with rows of unknown class: one mixture with the components of all classes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._types import Floats, Ints
from ..engines import Engine
from ..errors import InputError
from ..estimation import FitPlan, Trace, fit_mixture
from ..fitting import InitialValues
from ..mixture import Mixture
from .class_messages import classes_in_words
from .class_rows import HeldClasses

__all__ = ["JointFit", "is_missing", "joint_fit", "known_classes"]


def known_classes(labels: NDArray[Any], unknown: Any) -> NDArray[np.bool_]:
    """Return a mask of the rows with a known class.

    Parameters
    ----------
    labels : (n,) array
    unknown : object
        None: every label is a class. NaN: every missing label is of unknown class.

    Examples
    --------
    >>> known_classes(np.array([0, -1, 1]), -1)
    array([ True, False,  True])
    """
    if unknown is None:
        return np.ones(len(labels), dtype=bool)
    if unknown != unknown:
        return np.array([not is_missing(label) for label in labels.tolist()], dtype=bool)
    return np.array([is_missing(label) or label != unknown for label in labels.tolist()], dtype=bool)


def is_missing(label: Any) -> bool:
    """Return whether a label is missing: None, NaN, or pandas' NA (neither equal nor unequal to itself)."""
    return label is None or type(label).__name__ == "NAType" or label != label


@dataclass(frozen=True, eq=False)
class JointFit:
    """The result of a joint fit to labelled and unlabelled rows.

    Parameters
    ----------
    priors : (C,) array
        The classes' shares of all rows.
    trace : Trace
        Of the mixture of all components.
    """

    mixtures: list[Mixture]
    priors: Floats
    trace: Trace


def joint_fit(
    plan: FitPlan, rows: HeldClasses, classes: Any, mixtures: list[Mixture], engine: Engine
) -> JointFit:
    r"""Fit the components of all classes together, each labelled row allowed those of its class.

    .. math:: \sum_{n \text{ labelled}} \log \pi_{c_n} p(x_n \mid c_n)
              + \sum_{n \text{ not}} \log \sum_c \pi_c \, p(x_n \mid c)

    Parameters
    ----------
    plan : FitPlan
        Of one class.
    classes : (C,) array
    mixtures : list of C mixtures
        Of the labelled rows: where the fit begins.

    Raises
    ------
    InputError
        If the components of each class are several and share parameters.

    References
    ----------
    McLachlan, G. J. and Peel, D. (2000). Finite Mixture Models, section 2.19. Wiley.
    """
    K, C, family = plan.n_components, len(mixtures), plan.family
    if family.single != family:
        if K > 1:
            raise InputError(
                f"covariance_type {family.name!r} shares parameters among the components of each class, and the joint "
                "fit of rows of unknown class would share them among all: choose 'full', 'diag' or 'spherical'."
            )
        # What one component shares with none is its own.
        family = family.single
    priors = rows.counts / rows.counts.sum()
    shares = np.concatenate([p * m.weights for p, m in zip(priors, mixtures, strict=True)])
    dense = np.concatenate([m.covariances.dense() for m in mixtures])
    given = InitialValues(
        shares, np.concatenate([m.means for m in mixtures]), family.from_dense(dense, shares)
    )
    names = [
        f"{f'component {k}' if K > 1 else 'the component'} of {classes_in_words([label])}"
        for label in classes.tolist()
        for k in range(K)
    ]
    source = rows.among_components(K)
    joint = replace(
        plan, n_components=K * C, family=family, given=given, asks_support=K > 1, component_names=names
    )
    result, trace = fit_mixture(source, joint, None, engine)
    fitted = result.mixture
    weights = fitted.weights.reshape(C, K)
    parts = [
        _of_class(plan, fitted, weights[c], np.arange(c * K, (c + 1) * K), mixtures[c]) for c in range(C)
    ]
    return JointFit(parts, weights.sum(axis=1), trace)


def _of_class(plan: FitPlan, fitted: Mixture, shares: Floats, components: Ints, before: Mixture) -> Mixture:
    """Return the mixture of one class's components, in the family of the plan."""
    covariances = fitted.covariances.take(components)
    if plan.family != covariances.family:
        covariances = plan.family.from_dense(covariances.dense(), np.ones(1))
    total = shares.sum()
    weights = shares / total if total > 0 else before.weights
    return Mixture.of(weights, fitted.means[components], covariances)
