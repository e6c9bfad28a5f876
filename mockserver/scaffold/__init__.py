"""The beginning of a vendor: what `template/` holds, under another name, in a checkout of this project."""
