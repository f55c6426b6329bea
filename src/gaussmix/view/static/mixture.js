// Mixtures of Gaussian or t distributions: densities by Cholesky factors, responsibilities by log-sum-exp; with missing
// values. The covariances of t distributions are their scale matrices.

const LOG_2_PI = Math.log(2 * Math.PI);

// The lower factor L of a positive definite matrix: A = L Lᵀ. A pivot lost to rounding is replaced by a small one.
export function cholesky(matrix) {
  const D = matrix.length;
  const least = 1e-14 * Math.max(...matrix.map((row, i) => Math.abs(row[i])), Number.MIN_VALUE);
  const L = matrix.map(() => new Float64Array(D));
  for (let i = 0; i < D; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i][j];
      for (let m = 0; m < j; m++) sum -= L[i][m] * L[j][m];
      L[i][j] = i === j ? Math.sqrt(Math.max(sum, least)) : sum / L[j][j];
    }
  }
  return L;
}

function forward(L, values) {
  const z = new Float64Array(values.length);
  for (let i = 0; i < z.length; i++) {
    let sum = values[i];
    for (let j = 0; j < i; j++) sum -= L[i][j] * z[j];
    z[i] = sum / L[i][i];
  }
  return z;
}

function backward(L, z) {
  const x = Float64Array.from(z);
  for (let i = x.length - 1; i >= 0; i--) {
    for (let j = i + 1; j < x.length; j++) x[i] -= L[j][i] * x[j];
    x[i] /= L[i][i];
  }
  return x;
}

function pick(values, at) {
  return at.map((i) => values[i]);
}

// The logarithm of the gamma function, by Stirling's series after a shift to arguments of at least 10.
function logGamma(x) {
  let [shift, y] = [0, x];
  for (; y < 10; y++) shift += Math.log(y);
  const series = 1 / (12 * y) - 1 / (360 * y ** 3) + 1 / (1260 * y ** 5);
  return (y - 0.5) * Math.log(y) - y + 0.5 * LOG_2_PI + series - shift;
}

// The log density at a squared Mahalanobis distance of a component in D columns, of unit determinant.
function profile(frame, k, D) {
  const nu = frame.degrees?.[k];
  if (nu === undefined) return (square) => -0.5 * (D * LOG_2_PI + square);
  const top = logGamma((nu + D) / 2) - logGamma(nu / 2) - 0.5 * D * Math.log(nu * Math.PI);
  return (square) => top - 0.5 * (nu + D) * Math.log1p(square / nu);
}

// The component densities of some columns of a mixture: factors, log weights over determinants, and profiles.
function prepared(frame, columns) {
  return frame.means.map((mean, k) => {
    const factor = cholesky(columns.map((i) => pick(frame.covariances[k][i], columns)));
    const logDet = factor.reduce((sum, row, i) => sum + Math.log(row[i]), 0);
    const offset = Math.log(frame.weights[k]) - logDet;
    return { mean: pick(mean, columns), factor, offset, profile: profile(frame, k, columns.length) };
  });
}

// The noise component is uniform everywhere; of some columns only, over their box.
function noiseLogDensity({ weight, logVolume, lower, upper }, columns) {
  if (columns.length === lower.length) return Math.log(weight) - logVolume;
  return Math.log(weight) - columns.reduce((sum, d) => sum + Math.log(upper[d] - lower[d]), 0);
}

// One row's logarithms of the weighted densities of its observed columns, the noise component last.
function logJoint(frame, parts, x, columns) {
  const out = parts.map(({ mean, factor, offset, profile }) => {
    const z = forward(factor, x.map((value, i) => value - mean[i]));
    return offset + profile(z.reduce((sum, value) => sum + value * value, 0));
  });
  if (frame.noise) out.push(noiseLogDensity(frame.noise, columns));
  return out;
}

function normalised(logs) {
  const top = Math.max(...logs);
  if (top === -Infinity) return logs.map(() => 1 / logs.length);
  const sum = logs.reduce((total, value) => total + Math.exp(value - top), 0);
  return logs.map((value) => Math.exp(value - top) / sum);
}

export function shareCount(frame) {
  return frame.weights.length + (frame.noise ? 1 : 0);
}

// The responsibilities (n K) of rows given as D columns, the noise component last; missing values are NaN and left out.
export function responsibilities(frame, columns) {
  const [n, K] = [columns[0].length, shareCount(frame)];
  const shares = new Float64Array(n * K);
  const parts = new Map();
  for (let i = 0; i < n; i++) {
    const observed = [...columns.keys()].filter((d) => !Number.isNaN(columns[d][i]));
    const key = observed.join();
    if (!parts.has(key)) parts.set(key, prepared(frame, observed));
    const x = observed.map((d) => columns[d][i]);
    shares.set(normalised(logJoint(frame, parts.get(key), x, observed)), i * K);
  }
  return shares;
}

// The values of some columns of row i with the missing ones at their conditional means.
export function completedRow(frame, columns, shares, i, wanted) {
  const observed = [...columns.keys()].filter((d) => !Number.isNaN(columns[d][i]));
  const x = observed.map((d) => columns[d][i]);
  const K = shareCount(frame);
  const sums = wanted.map(() => 0);
  prepared(frame, observed).forEach(({ mean, factor }, k) => {
    const solved = backward(factor, forward(factor, x.map((value, j) => value - mean[j])));
    wanted.forEach((d, at) => {
      const slope = observed.reduce((sum, o, j) => sum + frame.covariances[k][d][o] * solved[j], 0);
      sums[at] += shares[i * K + k] * (frame.means[k][d] + slope);
    });
  });
  if (frame.noise) {
    wanted.forEach((d, at) => {
      sums[at] += (shares[i * K + K - 1] * (frame.noise.lower[d] + frame.noise.upper[d])) / 2;
    });
  }
  return wanted.map((d, at) => (Number.isNaN(columns[d][i]) ? sums[at] : columns[d][i]));
}

// The weighted densities of each component in one column at the given values: (K) arrays, and their sum.
export function marginalCurves(frame, column, values) {
  const curves = frame.means.map((mean, k) => {
    const variance = frame.covariances[k][column][column];
    const [scale, logDensity] = [frame.weights[k] / Math.sqrt(variance), profile(frame, k, 1)];
    return Float64Array.from(values, (v) => scale * Math.exp(logDensity((v - mean[column]) ** 2 / variance)));
  });
  const total = Float64Array.from(values, (_, i) => curves.reduce((sum, curve) => sum + curve[i], 0));
  if (frame.noise) {
    const [low, high] = [frame.noise.lower[column], frame.noise.upper[column]];
    values.forEach((v, i) => {
      if (v >= low && v <= high) total[i] += frame.noise.weight / (high - low);
    });
  }
  return { curves, total };
}

// Four cubic curves along the ellipse at a Mahalanobis distance, as points of data units: start, then three for each.
export function ellipseCurve(frame, k, [x, y], radius) {
  const c = frame.covariances[k];
  const L = cholesky([[c[x][x], c[x][y]], [c[y][x], c[y][y]]]);
  const at = (u, v) => [
    frame.means[k][x] + radius * L[0][0] * u,
    frame.means[k][y] + radius * (L[1][0] * u + L[1][1] * v),
  ];
  const h = 0.5522847498;
  const unit = [
    [1, 0], [1, h], [h, 1], [0, 1], [-h, 1], [-1, h], [-1, 0],
    [-1, -h], [-h, -1], [0, -1], [h, -1], [1, -h], [1, 0],
  ];
  return unit.map(([u, v]) => at(u, v));
}
