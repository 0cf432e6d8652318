"""Distortion metrics and comparisons of rate-distortion curves."""
