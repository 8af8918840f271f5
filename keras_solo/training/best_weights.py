"""The best weights so far, as a file."""

import keras

from keras_solo.models.averages import final_weights


class BestWeights(keras.callbacks.ModelCheckpoint):
    """Saves the weights whenever a figure in the logs is better than before.

    Saved are the weights that training would end with if it ended now: with
    an optimizer that averages weights (`use_ema=True`) these averages. Place
    it after the callback that logs the figure.

    Args:
        path: A file name that ends in ".weights.h5".
        monitor: The figure in the logs.
        mode: `"max"` if more is better, `"min"` if less is.
        best: The best value so far, of a training that goes on.

    Example:

    ```python
    keras_solo.callbacks.BestWeights("best.weights.h5", "val_mask_ap", "max")
    ```
    """

    def __init__(
        self,
        path: str,
        monitor: str = "loss",
        mode: str = "min",
        best: float | None = None,
    ) -> None:
        super().__init__(
            path,
            monitor=monitor,
            mode=mode,
            save_best_only=True,
            save_weights_only=True,
            initial_value_threshold=best,
        )

    def on_epoch_end(
        self, epoch: int, logs: dict[str, float] | None = None
    ) -> None:
        with final_weights(self.model):
            super().on_epoch_end(epoch, logs)
