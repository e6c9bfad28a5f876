"""Newcomer: a beginning, to be replaced by what the vendor documents."""

from mockserver.vendors.newcomer import audiences

operations = (audiences,)
