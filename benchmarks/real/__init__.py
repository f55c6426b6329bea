"""Judge a fit on real tables beside other libraries: ``make bench-real``."""
