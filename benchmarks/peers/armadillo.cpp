// Armadillo's gmm_full and gmm_diag behind functions that ctypes can call. X is (D, N) by column: NumPy's (N, D) by row.
#include <armadillo>
#include <chrono>

static arma::cube covariances(const arma::gmm_full& model) { return model.fcovs; }
static arma::mat covariances(const arma::gmm_diag& model) { return model.dcovs; }

template <class Model, class Covariances>
static double learn(double* X, int N, int D, int K, int iterations, double* weights, double* means, Covariances& start,
                    Covariances& result) {
    const arma::mat data(X, D, N, false, true);
    Model model;
    const arma::rowvec w(weights, K);
    model.set_params(arma::mat(means, D, K), start, w);
    const auto began = std::chrono::steady_clock::now();
    const bool fine = model.learn(data, K, arma::maha_dist, arma::keep_existing, 0, iterations, 0.0, false);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    if (!fine) return -1;
    std::copy(model.hefts.begin(), model.hefts.end(), weights);
    std::copy(model.means.begin(), model.means.end(), means);
    result = covariances(model);
    return seconds;
}

extern "C" double fit_full(double* X, int N, int D, int K, int iterations, double* w, double* m, double* S) {
    arma::cube start(S, D, D, K), result;
    const double seconds = learn<arma::gmm_full>(X, N, D, K, iterations, w, m, start, result);
    if (seconds >= 0) std::copy(result.begin(), result.end(), S);
    return seconds;
}

extern "C" double fit_diag(double* X, int N, int D, int K, int iterations, double* w, double* m, double* S) {
    arma::mat start(S, D, K), result;
    const double seconds = learn<arma::gmm_diag>(X, N, D, K, iterations, w, m, start, result);
    if (seconds >= 0) std::copy(result.begin(), result.end(), S);
    return seconds;
}

extern "C" const char* version() {
    static const std::string text = arma::arma_version::as_string();
    return text.c_str();
}
