// The theme of the page around a view, which is not always that of the system.

// "light" or "dark" where a page of JupyterLab, VS Code, marimo or a documentation says so, else "auto".
export function themeOfPage({ documentElement: page, body }) {
  if (body.dataset.jpThemeLight) return body.dataset.jpThemeLight === "true" ? "light" : "dark";
  if (body.dataset.vscodeThemeKind) return body.dataset.vscodeThemeKind.includes("light") ? "light" : "dark";
  for (const each of [page, body]) {
    for (const theme of ["dark", "light"]) {
      if (each.classList.contains(theme) || each.dataset.theme === theme) return theme;
    }
  }
  return "auto";
}

// Call back with the theme now and when it changes; returns the function that ends this.
export function followTheme(page, callback) {
  const tell = () => callback(themeOfPage(page));
  const observer = new MutationObserver(tell);
  [page.documentElement, page.body].forEach((each) => observer.observe(each, { attributes: true }));
  tell();
  return () => observer.disconnect();
}

// The page that shows this one in a frame, if it may be read.
export function embeddingPage() {
  try {
    return window.parent === window ? null : window.parent.document;
  } catch {
    return null;
  }
}
