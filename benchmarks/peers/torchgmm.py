"""torchgmm: its Lightning module for EM, started from given parameters, which its ``fit`` does not take.

All rows are one batch, and an iteration is one epoch, as the module says it should be in that case.
"""

import logging
from importlib.metadata import version

import numpy as np
import torch
from torch.utils.data import DataLoader
from torchgmm.bayes import GaussianMixture
from torchgmm.bayes.core import cholesky_precision
from torchgmm.bayes.gmm.lightning_module import GaussianMixtureLightningModule
from torchgmm.bayes.gmm.model import GaussianMixtureModel, GaussianMixtureModelConfig

logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)


class OneBatch(torch.utils.data.IterableDataset):
    def __init__(self, X):
        self.X = X

    def __iter__(self):
        yield self.X


def open(problem):
    bits = 8 * problem.X.dtype.itemsize
    loader = DataLoader(OneBatch(torch.from_numpy(problem.X)), batch_size=None)
    return problem, loader, {"precision": bits, "accelerator": "cpu", "enable_model_summary": False}


def start_of(problem):
    def as_tensor(array):
        return torch.from_numpy(np.array(array, dtype=problem.X.dtype))

    K, D = problem.means.shape
    model = GaussianMixtureModel(GaussianMixtureModelConfig(K, D, problem.family)).to(
        as_tensor(problem.X[:0]).dtype
    )
    model.component_probs.copy_(as_tensor(problem.weights))
    model.means.copy_(as_tensor(problem.means))
    model.precisions_cholesky.copy_(cholesky_precision(as_tensor(problem.covariances), problem.family))
    return model


def fit(state, iterations):
    problem, loader, options = state
    model = start_of(problem)
    module = GaussianMixtureLightningModule(model, convergence_tolerance=0, covariance_regularization=0.0)
    estimator = GaussianMixture(len(problem.weights), covariance_type=problem.family, trainer_params=options)
    estimator.trainer(max_epochs=iterations, enable_progress_bar=False).fit(module, loader)
    return model, module.current_epoch


def iterations(state, model):
    return model[1]


def parameters(state, model):
    arrays = model[0].component_probs, model[0].means, model[0].covariances
    return [a.detach().numpy() for a in arrays]


def describe():
    return {"version": version("torchgmm"), "threads": torch.get_num_threads()}
