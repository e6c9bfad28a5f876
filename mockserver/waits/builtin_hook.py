"""Replaces what a function of C does, for every reference to it.

`from time import sleep`, `def retry(sleep=time.sleep)` and `self.sleep = time.sleep` each keep the function
itself, which no assignment to `time.sleep` reaches. CPython reads the C function and its first argument from
the function object at each call; both are exchanged here, for a C function that calls a Python function.
"""

import ctypes
from collections.abc import Callable
from types import BuiltinFunctionType
from typing import Any, Final

_NO_ARGUMENT: Final = 0x0004
_ONE_ARGUMENT: Final = 0x0008
_CALLERS: Final = {_NO_ARGUMENT: "PyObject_CallNoArgs", _ONE_ARGUMENT: "PyObject_CallOneArg"}
"""The function of C that calls a Python function, by the kind of arguments it passes on."""


class _Definition(ctypes.Structure):
    """`PyMethodDef`."""

    _fields_ = (
        ("name", ctypes.c_void_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_void_p),
    )


class _FunctionObject(ctypes.Structure):
    """`PyCFunctionObject`, up to the members that are exchanged."""

    _fields_ = (
        ("head", ctypes.c_byte * object.__basicsize__),
        ("definition", ctypes.c_void_p),
        ("self", ctypes.c_void_p),
    )


class BuiltinHook:
    """The replacement of a builtin function by a Python function, from `install` to `uninstall`."""

    def __init__(self, builtin: BuiltinFunctionType, replacement: Callable[..., Any]) -> None:
        self._replacement = replacement
        self._object = _FunctionObject.from_address(id(builtin))
        self._definition, self._self = self._object.definition, self._object.self
        found = _Definition.from_address(self._definition)
        caller = ctypes.cast(getattr(ctypes.pythonapi, _CALLERS[found.flags]), ctypes.c_void_p)
        self._own = _Definition(found.name, caller.value, found.flags, found.doc)
        self.original: Any = _copy(found, builtin.__self__)
        """The builtin function as it was, under another identity."""

    def install(self) -> None:
        """Exchange what the function does."""
        # A call between the two statements would pass the replacement to the C function, which ignores it.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._replacement))
        self._object.self = id(self._replacement)
        self._object.definition = ctypes.addressof(self._own)

    def uninstall(self) -> None:
        """Restore the function."""
        self._object.definition = self._definition
        self._object.self = self._self
        ctypes.pythonapi.Py_DecRef(ctypes.py_object(self._replacement))


def _copy(definition: _Definition, first_argument: object) -> Any:
    create = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p)(
        ("PyCFunction_NewEx", ctypes.pythonapi)
    )
    return create(ctypes.addressof(definition), first_argument, None)
