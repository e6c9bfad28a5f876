"""The needs of a client: the members of replies that it depends on, found by runs without one of them."""
