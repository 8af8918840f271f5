"""Odd files by the thousand: what is made of them must have a name.

`python -m tests.fuzz KIND [--count N] [--first SEED]` makes so many files, each
from a seed of its own, and opens them as a user does. A file must either be
read or be refused by an error that names it, in little time and memory.
"""
