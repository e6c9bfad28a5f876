"""What is promised: contracts read, named, checked and linted. Knows no vendor, no world, no HTTP library."""
