"""The paper's scaling laws: the table of runs, the fits, the grid that fills the table, the figures."""
