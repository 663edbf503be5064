"""Measure what the package costs and saves, as ratios within one run."""
