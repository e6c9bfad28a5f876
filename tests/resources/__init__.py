"""Tests of the resources that a contract describes by itself."""
