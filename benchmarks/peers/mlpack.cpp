// mlpack's GMM behind a function that ctypes can call. X is (D, N) by column: NumPy's (N, D) by row.
// The tuner of hyperparameters needs a library of its own, and is not used here.
#define MLPACK_CORE_HPT_HPT_HPP

#include <chrono>
#include <mlpack/methods/gmm/gmm.hpp>

extern "C" double fit_full(double* X, int N, int D, int K, int iterations, double* w, double* m, double* S) {
    using Gaussian = mlpack::GaussianDistribution<>;
    const arma::mat data(X, D, N, false, true);
    arma::cube covariances(S, D, D, K);
    const arma::mat means(m, D, K);
    std::vector<Gaussian> parts;
    for (int k = 0; k < K; ++k) parts.emplace_back(arma::vec(means.col(k)), covariances.slice(k));
    mlpack::GMM model(parts, arma::vec(w, K));
    // Its count begins at 1, so that it makes one iteration less than it is told.
    mlpack::EMFit<mlpack::KMeans<>, mlpack::NoConstraint> fitter(iterations + 1, 0.0);
    const auto began = std::chrono::steady_clock::now();
    model.Train(data, 1, true, fitter);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    for (int k = 0; k < K; ++k) {
        w[k] = model.Weights()[k];
        std::copy(model.Component(k).Mean().begin(), model.Component(k).Mean().end(), m + k * D);
        std::copy(model.Component(k).Covariance().begin(), model.Component(k).Covariance().end(), S + k * D * D);
    }
    return seconds;
}
