"""Annotation formats: plain functions between files and records.

One file a format, which reads and writes it. What every format has to check
stands in `checks`.
"""
