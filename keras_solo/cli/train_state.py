"""How far a training of the command line has come, in words."""

from keras_solo.cli.report import say
from keras_solo.training import RunFolder


def say_where(folder: RunFolder, epochs: int) -> None:
    """Where a training goes on, and with which learning rate.

    Args:
        folder: Of the run.
        epochs: How many there shall be.
    """
    if folder.completed_epochs or folder.completed_batches:
        batch = ""
        if folder.completed_batches:
            batch = f" and step {folder.completed_batches} of the next one"
        say(
            f"Going on after epoch {folder.completed_epochs} of "
            f"{epochs}{batch} (--restart would begin anew)."
        )
    if folder.planned_epochs:
        say(
            f"It was to be {folder.planned_epochs} epochs: from here on the "
            f"learning rate is that of a training of {epochs}."
        )


def say_interrupted(folder: RunFolder, epochs: int, steps: int) -> None:
    """How much is done of what ended early, and how it goes on.

    Args:
        folder: Of the run.
        epochs: How many there shall be.
        steps: Of an epoch.
    """
    done = folder.completed_batches
    more = f" and {done} of {steps} steps" if done else ""
    if folder.completed_epochs or done:
        next_time = (
            "The same command goes on with the next one; with --finish it "
            "makes a model of the best so far."
        )
    else:
        next_time = "Nothing is saved yet: the same command begins anew."
    say(
        f"\n{folder.completed_epochs} of {epochs} epochs{more} are done. "
        f"{next_time}"
    )


def say_end(folder: RunFolder) -> None:
    """What came out, and where it is."""
    best = folder.best_of_all
    if best is not None:
        say(f"Best {best.monitor}: {best.value:.3g}, after epoch {best.epoch}.")
    say(f"The model: {folder.preset}")
