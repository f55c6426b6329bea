"""The functions of these tests are sent to workers by value: they need not find the folder of the tests."""

from __future__ import annotations

from importlib.util import find_spec

from . import collection_suite, suite

if find_spec("cloudpickle"):
    import cloudpickle

    for module in (suite, collection_suite):
        cloudpickle.register_pickle_by_value(module)
