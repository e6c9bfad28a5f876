"""Example Vendor: a scaffold, to be replaced by what the vendor documents."""

from types import ModuleType

from mockserver.vendors.example_vendor import audiences

operations: tuple[ModuleType, ...] = (audiences,)
