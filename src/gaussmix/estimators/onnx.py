"""What skl2onnx is told of classes that it cannot convert."""

from __future__ import annotations

from ..errors import InputTypeError

__all__ = ["NotInONNX"]


class NotInONNX:
    """An estimator that skl2onnx refuses with one sentence, wherever in a pipeline it stands."""

    def onnx_parser(self) -> None:
        """Refuse to be converted to ONNX, where skl2onnx asks how.

        Raises
        ------
        InputTypeError
            Always: there is no conversion yet.
        """
        raise InputTypeError(
            f"a {type(self).__name__} cannot be converted to ONNX: keep it with model.save(path), and read it with "
            "gaussmix.load(path)."
        )
