"""Images of ids."""

from __future__ import annotations

from keras_solo.data.result_files.result import Result, ResultKind


class LabelMaps(ResultKind):
    """`label-maps/NAME.png`, 16 bits, see `Instances.save_label_map`."""

    def add(self, result: Result) -> None:
        """Writes the image of ids, for an image without instances, too."""
        path = self.path("label-maps", f"{result.name}.png")
        result.instances.save_label_map(path)
