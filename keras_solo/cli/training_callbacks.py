"""What watches a training of the command line, in an order that matters."""

import math
import signal
import threading

import keras

from keras_solo.cli.errors import CliError


def training_callbacks(folder, batches, optimizer, watch):
    """The callbacks of `keras-solo train`.

    Keras calls them in this order at the end of an epoch: measure; put the
    averaged weights in place, save them if they are the best, put the others
    back; log; and back up last, so that what was backed up was also measured,
    saved and logged.

    Args:
        folder: A `TrainingFolder` that has begun.
        batches: The training `Batches`.
        optimizer: The compiled one.
        watch: (monitor, mode, callbacks that log it).

    Returns:
        A list of callbacks.
    """
    monitor, mode, measuring = watch
    best_before = folder.best_epoch(monitor, mode)
    checkpoint = keras.callbacks.ModelCheckpoint(
        str(folder.best),
        monitor=monitor,
        mode=mode,
        save_best_only=True,
        save_weights_only=True,
        initial_value_threshold=None if best_before is None else best_before[1],
    )
    return [
        StopAtInterrupt(),
        StopAtNaN(),
        EpochOfBatches(batches),
        *measuring,
        *_with_averages(checkpoint, optimizer),
        keras.callbacks.CSVLogger(str(folder.history), append=True),
        keras.callbacks.BackupAndRestore(
            str(folder.backup), double_checkpoint=True, delete_checkpoint=False
        ),
    ]


class StopAtInterrupt(keras.callbacks.Callback):
    """Makes sure that Ctrl-C ends a training.

    Keras 3.15 catches everything while it turns logs into numbers, which is
    where a compiled step is waited for: an interrupt there would be lost.
    """

    def __init__(self):
        super().__init__()
        self.interrupted = False
        self._previous = None

    def on_train_begin(self, logs=None):
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGINT, self._interrupt)

    def on_train_end(self, logs=None):
        self.restore()

    def restore(self):
        """Puts back what handled the signal before."""
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)
            self._previous = None

    def _interrupt(self, *_):
        self.interrupted = True
        raise KeyboardInterrupt

    def _raise_again(self, index=None, logs=None):
        if self.interrupted:
            raise KeyboardInterrupt

    on_train_batch_begin = on_train_batch_end = _raise_again
    on_epoch_begin = _raise_again


def _with_averages(checkpoint, optimizer):
    if not averages_weights(optimizer):
        return [checkpoint]
    swap = keras.callbacks.SwapEMAWeights(swap_on_epoch=True)

    def swap_back(epoch, logs):
        # What it does itself when the next epoch begins: too late for the
        # backup.
        swap.on_epoch_begin(epoch + 1)

    return [
        swap,
        checkpoint,
        keras.callbacks.LambdaCallback(on_epoch_end=swap_back),
    ]


def averages_weights(optimizer):
    """Whether an optimizer, or the one that it scales losses for, averages."""
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    return bool(getattr(optimizer, "use_ema", False))


class EpochOfBatches(keras.callbacks.Callback):
    """Tells the batches which epoch it is, for a training that goes on.

    Args:
        batches: `keras_solo.data.Batches`.
    """

    def __init__(self, batches):
        super().__init__()
        self.batches = batches

    def on_epoch_begin(self, epoch, logs=None):
        self.batches.epoch = epoch


class StopAtNaN(keras.callbacks.Callback):
    """Ends a training whose loss is no number, and keeps the last backup."""

    def on_train_batch_end(self, batch, logs=None):
        loss = (logs or {}).get("loss")
        if loss is not None and not math.isfinite(float(loss)):
            raise CliError(
                f"The loss became {float(loss)} in step {batch + 1} of this "
                "epoch. Begin anew with --restart and a lower --learning-rate."
            )
