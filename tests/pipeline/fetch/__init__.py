"""Tests of the fetch; web.py is the server that misbehaves."""
