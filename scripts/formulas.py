"""Write the formulas of the pages as MathML, from LaTeX: ``python scripts/formulas.py``."""

from __future__ import annotations

from pathlib import Path

from docutils.utils.math.latex2mathml import tex2mathml

TARGET = Path(__file__).parents[1] / "src" / "gaussmix" / "report" / "templates" / "formulas.html"
FORMULAS = {
    "DENSITY": (
        r"p(x) = \sum\nolimits_{k=1}^{K} p_k \, \mathrm{N}(x \mid \mu_k, \Sigma_k)",
        "p(x) is the sum over k of p_k N(x | mu_k, Sigma_k)",
    ),
    "E_STEP": (
        r"r_{nk} = \frac{p_k \, \mathrm{N}(x_n \mid \mu_k, \Sigma_k)}"
        r"{\sum\nolimits_j p_j \, \mathrm{N}(x_n \mid \mu_j, \Sigma_j)}",
        "r_nk is p_k N(x_n | mu_k, Sigma_k), divided by its sum over all components",
    ),
    "WEIGHTS": (r"p_k = \frac{1}{N} \sum\nolimits_n r_{nk}", "p_k is the mean of r_nk over the rows"),
    "MEANS": (
        r"\mu_k = \frac{\sum\nolimits_n r_{nk} x_n}{\sum\nolimits_n r_{nk}}",
        "mu_k is the mean of the rows, weighted by r_nk",
    ),
    "COVARIANCES": (
        r"\Sigma_k = \frac{\sum\nolimits_n r_{nk} (x_n - \mu_k) (x_n - \mu_k)^T}{\sum\nolimits_n r_{nk}}",
        "Sigma_k is the covariance of the rows, weighted by r_nk",
    ),
}


def page() -> str:
    """Return the template, a variable for each formula."""
    lines = ["{#- Written by scripts/formulas.py. -#}"]
    for name, (latex, words) in FORMULAS.items():
        math = str(tex2mathml(latex, as_block=True))
        math = math.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', f' alttext="{words}"', 1)
        lines.append(f'{{%- set {name} -%}}\n<div class="formula">{math}</div>\n{{%- endset -%}}')
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
