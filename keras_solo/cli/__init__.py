"""The command line: `keras-solo demo | train | evaluate | ...`.

Arguments and words only: all that the commands do, Python can do too.

1. `main` reads the arguments and turns errors into one line.
2. `demo`, `check`, `convert`, `train`, `evaluate`, `predict` and `benchmark`
   are one command each: what it takes (`add_arguments`; of `train` in
   `train_options`) and what it does (`run`).
3. `options` holds what several commands take, `datasets` what they read,
   `report` what they print, `errors` what is wrong with what was typed.
"""

__all__: list[str] = []
