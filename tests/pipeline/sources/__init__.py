"""Tests of image lists and bitexts."""
