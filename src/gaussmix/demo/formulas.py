"""The formulas of the page, in MathML: every browser of today draws it, without a script."""

from __future__ import annotations

from gaussmix.demo.html import Html

__all__ = ["COVARIANCES", "DENSITY", "E_STEP", "MEANS", "WEIGHTS"]


def _formula(inner: str, words: str) -> Html:
    return Html(f'<div class="formula"><math display="block" alttext="{words}">{inner}</math></div>')


def _i(*letters: str) -> str:
    return "".join(f"<mi>{letter}</mi>" for letter in letters)


def _o(sign: str) -> str:
    return f'<mo stretchy="false">{sign}</mo>'


def _sub(base: str, index: str) -> str:
    return f"<msub><mi>{base}</mi><mrow>{_i(*index)}</mrow></msub>"


def _fraction(top: str, bottom: str) -> str:
    return f"<mfrac><mrow>{top}</mrow><mrow>{bottom}</mrow></mfrac>"


def _sum(index: str) -> str:
    # The limits stand beside the sign: without a font for formulas, some browsers print them over it.
    return f"<msub><mo>∑</mo><mi>{index}</mi></msub>"


def _normal(index: str, x: str = "<mi>x</mi>") -> str:
    inner = f"{x}{_o('|')}{_sub('μ', index)}{_o(',')}{_sub('Σ', index)}"
    return f'<mi mathvariant="normal">N</mi>{_o("(")}{inner}{_o(")")}'


_X, _R = _sub("x", "n"), _sub("r", "nk")
_COUNT = _sum("n") + _R
_AWAY = f"<mrow>{_o('(')}{_X}{_o('−')}{_sub('μ', 'k')}{_o(')')}</mrow>"

DENSITY = _formula(
    f"{_i('p')}{_o('(')}{_i('x')}{_o(')')}{_o('=')}"
    f"<msubsup><mo>∑</mo><mrow><mi>k</mi><mo>=</mo><mn>1</mn></mrow><mi>K</mi></msubsup>"
    f"{_sub('p', 'k')}{_normal('k')}",
    "p(x) is the sum over k of p_k N(x | mu_k, Sigma_k)",
)
E_STEP = _formula(
    f"{_R}{_o('=')}{_fraction(_sub('p', 'k') + _normal('k', _X), _sum('j') + _sub('p', 'j') + _normal('j', _X))}",
    "r_nk is p_k N(x_n | mu_k, Sigma_k) over the sum of the same over all components",
)
WEIGHTS = _formula(
    f"{_sub('p', 'k')}{_o('=')}{_fraction('<mn>1</mn>', _i('N'))}{_COUNT}",
    "p_k is the mean of r_nk over the rows",
)
MEANS = _formula(
    f"{_sub('μ', 'k')}{_o('=')}{_fraction(_sum('n') + _R + _X, _COUNT)}",
    "mu_k is the mean of the rows, weighted by r_nk",
)
COVARIANCES = _formula(
    f"{_sub('Σ', 'k')}{_o('=')}"
    f"{_fraction(_sum('n') + _R + _AWAY + f'<msup>{_AWAY}<mi>T</mi></msup>', _COUNT)}",
    "Sigma_k is the covariance of the rows, weighted by r_nk",
)
