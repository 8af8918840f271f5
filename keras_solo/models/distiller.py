"""A small SOLOv2 that learns from a larger one, too."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import keras
from keras import ops

from keras_solo._backend.replicas import replica_count
from keras_solo._tensor import Shape, Tensor
from keras_solo.layers.conv_block import convolution
from keras_solo.losses.channel_divergence import ChannelDivergence
from keras_solo.models.around_solov2 import AroundSOLOv2
from keras_solo.models.parts import at_stride
from keras_solo.models.solov2 import SOLOv2
from keras_solo.models.two_losses import Loss

PYRAMID = "pyramid"


class Distiller(AroundSOLOv2):
    """Trains a student SOLOv2 on its targets and on a teacher's pyramid.

    Each step the teacher, whose weights stay as they are, sees the same
    images, and the maps of the student's feature pyramid learn to be like
    those of the teacher's. Predictions cost what they cost without it: the
    trained model is `student`, which knows nothing of a teacher.

    Args:
        student: The `SOLOv2` that learns.
        teacher: A trained `SOLOv2` for the same canvases, of any backbone,
            heads, classes and pyramid width. As in Keras's own distiller it
            becomes `trainable=False`.
        distillation_loss: A function of the teacher's and the student's maps
            `(B, h, w, F)` that returns a scalar; `ChannelDivergence()` by
            default. Levels that both have are summed up.
        distillation_weight: What the sum counts beside the student's losses.

    Where the pyramids differ in width, a 1 x 1 convolution a level leads from
    the student's maps to the teacher's. It is trained, and in no preset.

    `compile` takes what the student's takes, recipes as well. Callbacks that
    measure or save see the student: `CocoMaskAP`, `BestWeights`,
    `PlotPredictions`. A `RunFolder` keeps the student's presets, and what the
    training goes on from. What is logged has `distillation_loss` in it, in
    evaluation too.

    `keras.distillation.Distiller` does not fit: it wants equal shapes of all
    outputs, so equal classes and kernels, and one `loss` an output, where a
    SOLOv2 has losses of several outputs and of encoded targets together.

    Raises:
        ValueError: If student and teacher are one, or of different canvases,
            or if the weight is no finite number from 0 on.

    Example:

    ```python
    distiller = Distiller(student, teacher)
    recipe = keras_solo.recipes.from_scratch(8, len(batches), epochs=12)
    distiller.compile(**recipe)
    distiller.fit(batches, epochs=12, callbacks=[CocoMaskAP(valid)])
    student.save_to_preset("distilled")
    ```

    Source: Channel-wise knowledge distillation (arXiv:2011.13256), on the maps
    of the pyramid. The weight is this project's choice.
    """

    teacher: SOLOv2

    def __init__(
        self,
        student: SOLOv2,
        teacher: SOLOv2,
        distillation_loss: Loss | None = None,
        distillation_weight: float = 10.0,
        name: str = "distiller",
    ) -> None:
        _check_pair(student, teacher)
        if not 0 <= distillation_weight < float("inf"):
            raise ValueError(
                "Expected a distillation_weight of at least 0, and finite. "
                f"Received: {distillation_weight!r}"
            )
        super().__init__(student, name)
        teacher.trainable = False
        self.teacher = teacher
        self.distillation_loss: Loss = distillation_loss or ChannelDivergence()
        self.distillation_weight = distillation_weight
        self.projections: dict[str, keras.layers.Layer] = _projections(
            student, teacher
        )
        self.distillation_loss_tracker: keras.metrics.Mean = keras.metrics.Mean(
            name="distillation_loss"
        )

    @property
    def student(self) -> SOLOv2:
        """The model that learns."""
        return self.inner

    @property
    def told(self) -> dict[str, object]:
        return {
            **super().told,
            "loss": _described(self.distillation_loss),
            "weight": self.distillation_weight,
            "teacher": _fingerprint(self.teacher),
        }

    def call(
        self,
        inputs: Tensor,
        training: bool | None = None,
        mask: Tensor | None = None,
    ) -> dict[str, Tensor]:
        if not (training or self.student.evaluating):
            return super().call(inputs, training, mask)
        features = self.student.pyramid_features(inputs, training)
        outputs = self.student.outputs_from(features, training)
        return {**outputs, PYRAMID: features}

    def compute_loss(
        self,
        x: Tensor = None,
        y: Tensor = None,
        y_pred: Tensor = None,
        sample_weight: Tensor = None,
        training: bool = True,
    ) -> Tensor:
        """The student's losses, and the distance from the teacher.

        Args:
            x: Canvases, which the teacher sees.
            y: Targets, see `SOLOv2.compute_loss`.
            y_pred: The student's outputs, and the maps of its pyramid.
            sample_weight: Not supported.
            training: Not used.

        Returns:
            A float32 scalar.
        """
        if replica_count() > 1:
            raise NotImplementedError(
                "Expected a Distiller on one device, or on those of JAX. "
                f"Received: {replica_count()} replicas"
            )
        loss = super().compute_loss(x, y, y_pred, sample_weight, training)
        wanted = self.teacher.pyramid_features(x, training=False)
        distance = self._distance(wanted, y_pred[PYRAMID])
        weighted = self.distillation_weight * distance
        self.distillation_loss_tracker.update_state(weighted)
        return loss + weighted

    def _distance(
        self, wanted: Mapping[str, Tensor], found: Mapping[str, Tensor]
    ) -> Tensor:
        """Of all levels that both have."""
        distance = 0.0
        for level in sorted(set(wanted) & set(found)):
            maps = found[level]
            if level in self.projections:
                maps = self.projections[level](maps)
            fixed = ops.stop_gradient(wanted[level])
            distance = distance + self.distillation_loss(fixed, maps)
        return distance


def _described(loss: Loss) -> object:
    """A loss of Keras with its arguments; of any other callable its name."""
    if isinstance(loss, keras.losses.Loss):
        return keras.saving.serialize_keras_object(loss)
    return getattr(loss, "__qualname__", type(loss).__qualname__)


def _fingerprint(model: SOLOv2) -> str:
    """A few digits that change with the weights."""
    digest = hashlib.sha256()
    for variable in model.weights:
        digest.update(ops.convert_to_numpy(variable).tobytes())
    return digest.hexdigest()[:12]


def _check_pair(student: SOLOv2, teacher: SOLOv2) -> None:
    for role, model in (("student", student), ("teacher", teacher)):
        if not isinstance(model, SOLOv2):
            raise ValueError(
                f"Expected a SOLOv2 as the {role}. Received: {model!r:.200}"
            )
    if student is teacher:
        raise ValueError(
            "Expected two models. Received: one as student and teacher"
        )
    # Each has the stride of its own masks; pyramids do not know of it.
    stride = student.preprocessor.mask_stride
    if student.preprocessor != at_stride(teacher.preprocessor, stride):
        raise ValueError(
            "Expected a student and a teacher for the same canvases: load the "
            "teacher with preprocessor=student.preprocessor. Received: "
            f"{student.preprocessor} and {teacher.preprocessor}"
        )


def _projections(
    student: SOLOv2, teacher: SOLOv2
) -> dict[str, keras.layers.Layer]:
    """A 1 x 1 convolution a level, none where widths are equal."""
    narrow = student.feature_pyramid.filters
    wide = teacher.feature_pyramid.filters
    if narrow == wide:
        return {}
    names = _levels(student) & _levels(teacher)
    layers = {
        name: convolution(
            wide, 1, dtype=student.dtype_policy, name=f"projection_{name}"
        )
        for name in sorted(names)
    }
    for layer in layers.values():
        layer.build((None, None, None, narrow))
    return layers


def _levels(model: SOLOv2) -> set[str]:
    """The names of a pyramid's maps."""
    pyramid = model.feature_pyramid
    map_shape: Shape = (None, None, None, 1)
    shapes = dict.fromkeys(pyramid.levels, map_shape)
    return set(pyramid.compute_output_shape(shapes))
