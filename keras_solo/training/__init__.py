"""How it learns: what `compile` and `fit` are given, and what is kept.

1. `recipes` are arguments of `compile`: an optimizer (`coupled_sgd`, or
   `layerwise_adamw` with `layer_depths`) and its schedule (`warm_up`), whose
   rate `find_learning_rate` suggests. Their public door is
   `keras_solo.recipes`.
2. Callbacks, one a file, are given to `fit`: `coco_mask_ap`, `best_weights`,
   `plot_predictions`, `time_estimate`, `set_batches_epoch`,
   `stop_at_interrupt`, `stop_at_non_finite`. Their public door is
   `keras_solo.callbacks`.
3. `run_folder` is a folder from which a training goes on. It consists of
   `backup` (the state after an epoch), `run_history` (the figures of each)
   and `run_settings` (what must stay the same); `write_whole` writes files
   that are never half there.
4. `starting_model` builds what training starts from, and `plot_targets`
   shows what it is trained on.
"""

from keras_solo.training.plot_targets import plot_targets
from keras_solo.training.run_folder import RunFolder
from keras_solo.training.run_folder_error import RunFolderError
from keras_solo.training.starting_model import (
    model_from_backbone,
    model_from_preset,
)

__all__ = [
    "RunFolder",
    "RunFolderError",
    "model_from_backbone",
    "model_from_preset",
    "plot_targets",
]
