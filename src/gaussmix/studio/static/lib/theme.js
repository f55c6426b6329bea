// Light, dark, or what the system prefers; the choice is remembered in this browser.

const KEY = "gaussmix-theme";
const system = window.matchMedia("(prefers-color-scheme: dark)");

function chosen() {
  try {
    return localStorage.getItem(KEY) ?? "auto";
  } catch {
    return "auto";
  }
}

/** Return whether the page is dark now. */
export function isDark() {
  const theme = document.documentElement.dataset.theme;
  return theme === "dark" || (theme !== "light" && system.matches);
}

function apply(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  document.dispatchEvent(new CustomEvent("themechange", { detail: { dark: isDark() } }));
}

/** Call a function whenever the page turns light or dark. */
export function onTheme(call) {
  document.addEventListener("themechange", () => call(isDark()));
}

/** Let a select element choose the theme. */
export function bindTheme(select) {
  select.value = chosen();
  apply(select.value);
  select.addEventListener("change", () => {
    try {
      localStorage.setItem(KEY, select.value);
    } catch { /* a private window forgets the choice */ }
    apply(select.value);
  });
  system.addEventListener("change", () => apply(select.value));
}

/** Return a colour of the tokens, as the browser computes it now. */
export function colour(token) {
  const probe = document.getElementById("colour-probe");
  probe.style.color = `var(--${token})`;
  return getComputedStyle(probe).color;
}
