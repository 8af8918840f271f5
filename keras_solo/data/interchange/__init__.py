"""Instances in other people's formats: functions between these and arrays.

One file a format, there and back. What comes from others passes the checks of
`formats`; what each of them cannot hold, its docstring says.
"""
