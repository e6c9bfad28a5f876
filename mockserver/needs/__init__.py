"""What a client needs of the replies that it gets: found by runs without one member each."""
