// Numbers and counts as text.

const GROUPED = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

const RAISED = { "-": "⁻", 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶", 7: "⁷", 8: "⁸", 9: "⁹" };

/** Return "1.2 × 10⁻⁷" for "1.2e-7". */
function powered(text) {
  const [front, power] = text.split("e");
  return `${Number(front)} × 10${[...String(Number(power))].map((sign) => RAISED[sign]).join("")}`;
}

/** Return a number with about `digits` significant digits, without needless zeros. */
export function number(value, digits = 4) {
  if (value === null || value === undefined) return "–";
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1e7 || size < 1e-4
    ? powered(value.toExponential(digits - 1))
    : size >= 10 ** digits ? GROUPED.format(value) : String(Number(value.toPrecision(digits)));
  return text.replaceAll("-", "−");
}

/** Return a number with a fixed count of decimals. */
export function fixed(value, decimals) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  return new Intl.NumberFormat("en", { minimumFractionDigits: decimals, maximumFractionDigits: decimals, signDisplay: "negative" }).format(value).replaceAll("-", "−");
}

/** Return "0.02 ± 0.92": two significant digits of the deviation, and as many decimals of the mean. */
export function meanAndDeviation(mean, deviation) {
  const decimals = Math.max(0, 1 - Math.floor(Math.log10(deviation)));
  if (!(decimals <= 4) || Math.abs(mean) >= 1e7) return `${number(mean, 3)} ± ${number(deviation, 2)}`;
  return `${fixed(mean, decimals)} ± ${fixed(deviation, decimals)}`;
}

/** Return a name of at most `most` letters: the middle is left out, as names often differ at their ends. */
export function shortName(name, most = 18) {
  if (name.length <= most) return name;
  const head = Math.ceil((most - 1) / 2);
  return `${name.slice(0, head)}…${name.slice(name.length - (most - 1 - head))}`;
}

export const whole = (value) => GROUPED.format(value).replaceAll("-", "−");

/** Return "1 row", "2 rows". */
export function counted(count, noun, plural = `${noun}s`) {
  return `${whole(count)} ${count === 1 ? noun : plural}`;
}

export function percent(share, decimals = 1) {
  if (share > 0 && share < 10 ** -(decimals + 2) / 2) return `< ${fixed(10 ** -decimals, decimals)} %`;
  return `${fixed(100 * share, decimals)} %`;
}

export function bytes(size) {
  const units = ["B", "kB", "MB", "GB"];
  let unit = 0;
  while (size >= 1000 && unit < units.length - 1) { size /= 1000; unit += 1; }
  return `${unit ? fixed(size, 1) : whole(size)} ${units[unit]}`;
}

export function seconds(value) {
  if (value < 1) return `${whole(Math.max(1000 * value, 1))} ms`;
  return value < 90 ? `${fixed(value, 1)} s` : `${fixed(value / 60, 1)} min`;
}
