// Frames of the server, made ready for the view of EM.

/** Return the responsibilities of the drawn rows, decoded: shares from 0 to 1, row by row. */
function decoded(text, parts) {
  const shares = Float64Array.from(atob(text), (letter) => letter.charCodeAt(0));
  for (let start = 0; start < shares.length; start += parts) {
    let sum = 0;
    for (let k = 0; k < parts; k += 1) sum += shares[start + k];
    for (let k = 0; k < parts; k += 1) shares[start + k] = sum ? shares[start + k] / sum : 1 / parts;
  }
  return shares;
}

/** Return the number of shares of a row: one for each component, and one for the noise component. */
export const partsOf = (frame) => frame.weights.length + (frame.noise ? 1 : 0);

/** Return a frame with its responsibilities as numbers, if they are those of `n` rows. */
export function viewFrame(frame, n) {
  const parts = partsOf(frame);
  const shares = frame.responsibilities ? decoded(frame.responsibilities, parts) : null;
  return {
    ...frame,
    words: frame.words || undefined,
    logLikelihood: frame.logLikelihood ?? NaN,
    responsibilities: shares?.length === n * parts ? shares : null,
    position: frame.frame,
  };
}
