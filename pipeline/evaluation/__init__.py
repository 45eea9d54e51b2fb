"""Metrics and benchmarks of the paper's evaluation, apart from any model: texts and losses go in, scores with intervals come out."""
