"""From where an interrupted training goes on, and whether it may."""

import dataclasses
import math
import pathlib
import warnings

from keras_solo._whole_files import write_whole
from keras_solo.training import run_files
from keras_solo.training.run_folder_error import RunFolderError
from keras_solo.training.run_history import curves_in
from keras_solo.training.run_manifest import Manifest
from keras_solo.training.run_settings import (
    Settings,
    differences,
    epochs_before,
    without_schedule,
)
from keras_solo.training.save_epoch import (
    kept_beside,
    lead_to,
    led_to,
)
from keras_solo.training.saved_epoch import SavedEpoch
from keras_solo.training.saved_epochs import SavedEpochs
from keras_solo.training.saved_part import SavedPart

# Changes that an error names; an optimizer has many.
NAMED = 5


@dataclasses.dataclass(frozen=True)
class Resumed:
    """From where a training goes on.

    Args:
        last: The last whole epoch, or None.
        part: What is done of the next, or None.
        planned_epochs: How many it was to have, if now it has more.
    """

    last: SavedEpoch | None = None
    part: SavedPart | None = None
    planned_epochs: int | None = None


def resumed(
    run: pathlib.Path,
    epochs: SavedEpochs,
    manifest: Manifest,
    now: Settings,
    given: Settings,
) -> Resumed:
    """From where a training goes on; what is damaged is named by a warning.

    Args:
        run: The folder of the training.
        epochs: Its saved epochs.
        manifest: What the folder says of itself.
        now: All settings that are known now.
        given: Those of them that the person gave.

    Raises:
        RunFolderError: If it has other settings, or there is nothing.
    """
    last = last_whole(run, epochs)
    if last is None and manifest.finished:
        raise RunFolderError(
            f"{run} holds a finished training of {manifest.finished} epochs, "
            "none of which is there to go on from.",
            can_restart=True,
        )
    part = last_part(epochs, 0 if last is None else last.epoch)
    if last is None and part is None:
        return Resumed()
    check_same(run, manifest.settings, now, given)
    return Resumed(last, part, epochs_before(manifest.settings, now))


def last_part(epochs: SavedEpochs, epoch: int) -> SavedPart | None:
    """The last part of the next epoch that is whole, and the others removed.

    Args:
        epochs: The saved epochs.
        epoch: How many are completed.
    """
    part, problems = epochs.parts.last(epoch)
    epochs.parts.keep(part)
    if problems:
        place = f"after epoch {epoch}" if epoch else "from the start"
        if part is not None:
            place = f"after batch {part.batches} of epoch {epoch + 1}"
        problems.append(f"Training goes on {place}")
        warnings.warn(f"{'. '.join(problems)}.", stacklevel=4)
    return part


def last_whole(run: pathlib.Path, epochs: SavedEpochs) -> SavedEpoch | None:
    """The last epoch that is whole; what is damaged is named by a warning.

    What a killed process left half done around the epochs is done again.

    Args:
        run: The folder of the training.
        epochs: Its saved epochs.
    """
    whole, problems = epochs.found()
    last = whole[0] if whole else None
    if problems:
        then = "begins anew"
        if last is not None:
            then = f"goes on after epoch {last.epoch}"
        problems.append(f"Training {then}")
    if last is not None:
        last = _with_known_best(last, whole, problems)
        # What frees room comes first.
        before = whole[1] if len(whole) > 1 else None
        epochs.keep(kept_beside(last, before) | led_to(run / "best"))
        lead_to(run, epochs, last)
        _mend_history(run / run_files.HISTORY, last, problems)
    if problems:
        warnings.warn(f"{'. '.join(problems)}.", stacklevel=3)
    return last


def _with_known_best(
    last: SavedEpoch, whole: list[SavedEpoch], problems: list[str]
) -> SavedEpoch:
    """The epoch itself is the best, if the best is lost and it was measured."""
    best = last.best
    if best is None or best.epoch in {epoch.epoch for epoch in whole}:
        return last
    problems.append(
        f"The weights of the best epoch, {best.epoch}, are lost: the best is "
        f"looked for from epoch {last.epoch} on"
    )
    value = curves_in(last.history).get(best.monitor, [math.nan])[-1]
    own = dataclasses.replace(best, epoch=last.epoch, value=value)
    return dataclasses.replace(last, best=None if math.isnan(value) else own)


def _mend_history(
    path: pathlib.Path, last: SavedEpoch, problems: list[str]
) -> None:
    """The file for people is what the last epoch recorded."""
    history = last.history.encode()
    found = path.read_bytes() if path.is_file() else b""
    if found == history:
        return
    write_whole(path, history)
    # A process may be killed after it saved an epoch; or epochs are damaged.
    one_less = b"".join(history.splitlines(keepends=True)[:-1])
    first = last.epoch == 1 and not found
    if not (first or found == one_less or found.startswith(history)):
        problems.append(
            f"{path} was not what epoch {last.epoch} recorded, and is again"
        )


def check_same(
    run: pathlib.Path, before: Settings, now: Settings, given: Settings
) -> None:
    """Raises if a training that goes on has other settings than before.

    Args:
        run: The folder of the training.
        before: The settings that it began with.
        now: All that are known now.
        given: Those of them that the person gave.

    Raises:
        RunFolderError: Names what changed.
    """
    # Other versions may not have written all that a model tells.
    told = {
        name: value
        for name, value in now.items()
        if name in before and name not in given
    }
    given = {name: now[name] for name in given}
    if epochs_before(before, now):
        told, given = without_schedule(told), without_schedule(given)
    # What somebody typed explains the rest.
    changes = differences(before, given) or differences(before, told)
    if not changes:
        return
    more = len(changes) - NAMED
    changes[NAMED:] = [f"and {more} more"] if more > 0 else []
    raise RunFolderError(
        f"{run} holds an interrupted training with other settings: "
        f"{'; '.join(changes)}. It goes on with the same.",
        can_restart=True,
    )
