"""The command line: `keras-solo demo | train | evaluate | predict`.

1. `main` reads the arguments and turns errors into one line.
2. `demo`, `train`, `evaluate` and `predict` are one command each: what it
   takes (`add_arguments`) and what it does (`run`).
3. `options` holds what several commands take, `datasets` what they read,
   `report` what they print and draw.
4. `training_model`, `training_callbacks` and `training_folder` are the parts
   of `train`: what is trained, what watches it, what it leaves behind.

The files import Keras and the other rooms inside functions, so that
arguments are checked before anything heavy is loaded.
"""
