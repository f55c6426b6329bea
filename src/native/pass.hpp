// One pass of EM over a range of rows: what the entry points of every instruction set have in common.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "parts.hpp"

namespace gaussmix {

// Rows (n, D) of float or double with any strides, counted in elements.
template <class T>
struct Table {
    const T* data;
    std::ptrdiff_t n, row_stride, column_stride;
    int D;
};

// Rows of either type, for passes beside which a look at the type costs nothing.
struct AnyTable {
    const float* single;
    const double* twice;
    std::ptrdiff_t n, row_stride, column_stride;
    int D;

    AnyTable(const Table<float>& X)
        : single(X.data), twice(nullptr), n(X.n), row_stride(X.row_stride), column_stride(X.column_stride), D(X.D) {}
    AnyTable(const Table<double>& X)
        : single(nullptr), twice(X.data), n(X.n), row_stride(X.row_stride), column_stride(X.column_stride), D(X.D) {}
    double value(std::ptrdiff_t row, int column) const {
        const std::ptrdiff_t at = row * row_stride + column * column_stride;
        return twice ? twice[at] : double(single[at]);
    }
};

// The mixture. factors: (K, D, D) lower triangular, or (K, D) when `full` is false.
struct Parameters {
    int K, D;
    bool full;
    const double* means;
    const double* factors;
    const double* offsets;

    // Entry d of the diagonal of a factor.
    double factor(int k, int d) const {
        const std::size_t at = std::size_t(k) * D + d;
        return factors[full ? at * D + d : at];
    }
};

// What stands beside each row; null pointers are left out.
struct RowValues {
    const double* weights = nullptr;          // (n,)
    const double* background = nullptr;       // (n,) log-density of components that the pass leaves as they are
    const unsigned char* allowed = nullptr;   // (n, K) components that a row may come from; only beside `Errors`
};

// How rows of m values see the true ones: variances (n, m) or covariances (n, m, m) of the measurement errors, and the
// matrices (n, m, D) of projections. Null: there are no errors; a row sees every value itself.
struct Errors {
    const double* values = nullptr;
    bool full = false;
    const double* projections = nullptr;
};

// Weighted Gaussian densities by their covariances, (K, D, D) or (K, D) when `full` is false, which may be singular.
struct Gaussians {
    int K, D;
    bool full;
    const double *log_weights, *means, *covariances;

    double covariance(int k, int i, int j) const {
        const std::ptrdiff_t row = std::ptrdiff_t(k) * D + i;
        return full ? covariances[row * D + j] : i == j ? covariances[row] : 0.0;
    }
};

// Where the moments go: they are added to what stands there.
struct Sums {
    const double* reference;
    double* counts;
    double* first;
    double* second;
    double log_likelihood = 0.0, hard = 0.0;
    double uniform = 0.0;         // the count of a uniform component beside the others
    bool spherical = false;       // whether each component has one variance, and second moments only their sum over columns
    bool with_likelihood = true;  // else those two are left as they are, which saves a logarithm a row
};

// What a pass over rows can write for each row; null pointers are left out.
struct Outputs {
    double* log_joint = nullptr;         // (n, K)
    double* responsibilities = nullptr;  // (n, K)
    double* log_prob = nullptr;          // (n,)
    std::ptrdiff_t* labels = nullptr;    // (n,)
};

// The units of columns in float: a centre, subtracted in double, and a factor with its inverse. In double they are those
// of the data.
template <class T>
struct Units {
    std::vector<double> centre, scale, inverse;

    explicit Units(int D) : centre(D, 0.0), scale(D, 1.0), inverse(D, 1.0) {}
    void set_scale(int d, double factor) {
        scale[d] = factor > 1e-300 && factor < 1e300 ? factor : 1.0;
        inverse[d] = 1.0 / scale[d];
    }
};
template <>
struct Units<double> {
    explicit Units(int) {}
};

// Memory from a line of the cache on, in which nothing is written.
class Memory {
  public:
    unsigned char* take(std::size_t size) {
        owned_.reset(new unsigned char[size + 64]);
        const auto address = reinterpret_cast<std::uintptr_t>(owned_.get());
        return owned_.get() + (((address + 63) & ~std::uintptr_t{63}) - address);
    }

  private:
    std::unique_ptr<unsigned char[]> owned_;
};

// Rows in float, made at the first of many passes of mixtures of one shape: blocks (D, stride), one after the other.
struct CoarseRows {
    Table<double> X;
    Units<float> units;
    Memory memory;
    float* values = nullptr;

    explicit CoarseRows(const Table<double>& rows) : X(rows), units(rows.D) {}
};

template <class T>
using Pass = void (*)(const Table<T>&, const RowValues&, const Parameters&, Sums&);

template <class T>
struct Entry {
    Pass<T> em_pass;
    void (*rows)(const Table<T>&, const Parameters&, const Outputs&);
};

struct SplitScene;
struct SplitEffort;
struct SplitPair;

// Rows, their weights (n,), slopes (K, D), constants (K,) and K.
using LinearPass = void (*)(const Table<double>&, const double*, const double*, const double*, int, Sums&);

struct Kernel {
    Entry<float> single;
    Entry<double> twice;
    // Passes in float over doubles are those of EM runs of a search.
    void (*coarse_pass)(CoarseRows&, const RowValues&, const Parameters&, Sums&);
    LinearPass linear_pass, coarse_linear_pass;
    SplitPair (*best_split)(const SplitScene&, const SplitEffort&, const double* u, double least_weight);
    void (*em_pass_rows)(const AnyTable&, const RowValues&, const Errors&, const Gaussians&, bool full, Sums&);
    void (*rows_joint)(const AnyTable&, const RowValues&, const Errors&, const Gaussians&, double*);
    void (*rows_expected)(const AnyTable&, const RowValues&, const Errors&, const Gaussians&, double*, double*);
    PartKernel parts;
    void (*exp)(const double*, double*, std::ptrdiff_t);
    void (*log)(const double*, double*, std::ptrdiff_t);
};

namespace baseline { Kernel kernel(); }
namespace avx2 { Kernel kernel(); }
namespace avx512 { Kernel kernel(); }

}  // namespace gaussmix
