"""The refusal of a conversion to ONNX."""

from __future__ import annotations

from ..errors import InputTypeError

__all__ = ["NotInONNX"]


class NotInONNX:
    """An estimator without a conversion to ONNX: skl2onnx raises one clear sentence."""

    def onnx_parser(self) -> None:
        """Raise an error: there is no conversion to ONNX.

        Raises
        ------
        InputTypeError
            Always: there is no conversion yet.
        """
        raise InputTypeError(
            f"a {type(self).__name__} cannot be converted to ONNX: keep it with model.save(path), and read it with "
            "gaussmix.load(path)."
        )
