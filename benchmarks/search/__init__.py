"""Judge the search for the optimum beside other libraries: ``make bench-search``."""
