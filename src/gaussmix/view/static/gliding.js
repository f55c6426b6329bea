// Components that glide from one frame to the next, so that the eye follows them.

// A frame between two others, 0 ≤ share ≤ 1; a mixture of covariances is a covariance.
export function between(from, to, share) {
  const mixed = (a, b) => (Array.isArray(a) ? a.map((each, i) => mixed(each, b[i])) : a + share * (b - a));
  const [weights, means, covariances] = ["weights", "means", "covariances"].map((name) => mixed(from[name], to[name]));
  return { ...to, weights, means, covariances };
}

// Whether there is a way between two frames, and the reader wants motion.
export function canGlide(from, to) {
  if (!from || !to || from.means === to.means) return false;
  const same = from.weights.length === to.weights.length && from.means[0].length === to.means[0].length;
  return same && !matchMedia("(prefers-reduced-motion: reduce)").matches;
}

// Slow at both ends.
export function eased(share) {
  const inside = Math.min(1, Math.max(0, share));
  return inside * inside * (3 - 2 * inside);
}
