"""The one-dimensional test set of Apache Spark's MLlib and the values that its suite expects."""

from __future__ import annotations

import numpy as np
import pytest

from ..support import fit

# spark/mllib GaussianMixtureSuite ("single cluster"/"two clusters" data), also in pyspark's doctests.
X = np.array(
    [
        [-5.1971, -2.5359, -3.8220, -5.2211, -5.0602],
        [4.7118, 6.8989, 3.4592, 4.6322, 5.7048],
        [4.6567, 5.5026, 4.5605, 5.2043, 6.2734],
    ]
).reshape(-1, 1)


@pytest.mark.parametrize("covariance_type", ["full", "diag", "spherical"])
def test_two_clusters(covariance_type):
    model = fit(X, 2, covariance_type=covariance_type, tol=1e-12)
    order = np.argsort(-model.weights_)
    np.testing.assert_allclose(model.weights_[order], [2 / 3, 1 / 3], rtol=1e-5)
    np.testing.assert_allclose(model.means_[order, 0], [5.1604, -4.3673], rtol=1e-5)
    np.testing.assert_allclose(model.covariances_.ravel()[order], [0.86644, 1.1098], rtol=2e-5)
