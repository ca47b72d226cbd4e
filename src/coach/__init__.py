"""The interview coach: grounded answers and mock interviews from a folder of articles."""
