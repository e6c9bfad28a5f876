"""The conduct of a client: what its calls in a world show, judged by rules with a source each."""
