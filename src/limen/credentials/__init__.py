"""What somebody shows to prove something, read and checked for every room that takes it."""
