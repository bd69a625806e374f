"""Published suites and fakes, for this package's tests and for those of its extensions."""
