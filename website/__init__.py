"""The documentation site, built from the Markdown pages of the repository by Zensical: `.ci/site FOLDER`."""
