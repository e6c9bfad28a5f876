"""Example Vendor: a scaffold, to be replaced by what the vendor documents."""

from mockserver.vendors.example_vendor import audiences

operations = (audiences,)
