"""OpenCV's cv2.ml.EM."""

import cv2
import numpy as np

KINDS = {"full": cv2.ml.EM_COV_MAT_GENERIC, "diag": cv2.ml.EM_COV_MAT_DIAGONAL}


def open(problem):
    covariances = np.array([np.diag(S) if problem.family == "diag" else S for S in problem.covariances])
    # A plain array of three dimensions would be taken for pixels with channels.
    return problem, cv2.Mat(covariances)


def fit(state, iterations):
    problem, covariances = state
    model = cv2.ml.EM_create()
    model.setClustersNumber(len(problem.weights))
    model.setCovarianceMatrixType(KINDS[problem.family])
    # The last of its E-steps has no M-step after it. It stops at a relative change below this number.
    model.setTermCriteria((cv2.TERM_CRITERIA_MAX_ITER | cv2.TERM_CRITERIA_EPS, iterations + 1, 1e-300))
    model.trainE(problem.X, problem.means, covariances, problem.weights)
    return model, iterations


def iterations(state, model):
    return model[1]


def parameters(state, model):
    return model[0].getWeights().ravel(), model[0].getMeans(), np.array(model[0].getCovs())


def describe():
    return {"version": cv2.__version__, "threads": cv2.getNumThreads()}
