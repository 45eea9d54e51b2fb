"""report.html: what is in a dataset, what became of everything that went in, and how to judge it, on one page."""
