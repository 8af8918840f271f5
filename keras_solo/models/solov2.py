"""SOLOv2: the wiring, the losses, and the doors."""

import contextlib
import os
from collections.abc import Iterable, Iterator
from typing import Literal, overload

import keras
import numpy as np
from keras import ops

from keras_solo.data.images import ImageError
from keras_solo.data.instances import Instances
from keras_solo.geometry import Letterbox, Levels
from keras_solo.layers.feature_pyramid import FeaturePyramid
from keras_solo.layers.instance_decoder import InstanceDecoder
from keras_solo.layers.mask_feature_head import MaskFeatureHead
from keras_solo.layers.solov2_head import SOLOv2Head
from keras_solo.layers.target_encoder import SOLOv2TargetEncoder
from keras_solo.losses import DiceLoss, SigmoidFocalLoss
from keras_solo.models import from_preset, preset_folder, presets
from keras_solo.models.averages import averages_weights, own_memory
from keras_solo.models.backbones import feature_backbone
from keras_solo.models.compiled_shapes import CompiledShapes
from keras_solo.models.loading import ImageSource
from keras_solo.models.pair_loss import sum_over_pairs
from keras_solo.models.segment import segment
from keras_solo.models.segment_stream import MAX_MEGAPIXELS, segment_stream

HEADS = {
    "full": {"filters": 512, "num_convs": 4, "kernel_filters": 256},
    "light": {"filters": 256, "num_convs": 2, "kernel_filters": 128},
}
LOSS_WEIGHTS = {"category_loss": 1.0, "mask_loss": 3.0}
TARGETS = {"masks", "labels"}


@keras.saving.register_keras_serializable(package="keras_solo")
class SOLOv2(keras.Model):
    """Instance segmentation by locations (SOLOv2).

    A backbone and a feature pyramid; a head that predicts, for every cell of
    five grids, category logits and a mask kernel; and mask features that all
    kernels convolve. `fit` encodes targets and trains; `predict` takes
    canvases and gives padded arrays; `segment` takes images of any size and
    gives `Instances` in their own pixels.

    Args:
        backbone: A `ResNet` of this package, or any functional Keras model
            with features at strides 4, 8, 16 and 32, such as those of
            `keras.applications` with `include_top=False,
            input_shape=(None, None, 3)`.
        num_classes: C, without background. Not needed with `class_names`.
        class_names: Names of the labels 0 to C - 1; they are saved along.
        preprocessor: `geometry.Letterbox` between images and canvases;
            800 x 1333, keep-ratio, by default.
        levels: `geometry.Levels`; by default five levels whose ranges follow
            the preprocessor's canvas.
        head: `"full"`, `"light"`, or a dict of arguments of `SOLOv2Head`.
        pyramid_filters: Channels of the feature pyramid.
        mask_head: Dict of further arguments of `MaskFeatureHead`.
        collision: Who gets a cell that two objects claim: `"both"` or
            `"smallest"`, see `SOLOv2TargetEncoder`.
        max_pairs: Capacity of (cell, object) pairs in training, for each
            image; by default all fit. What does not is counted in the metric
            `dropped_pairs`.
        decoder: Dict of arguments of `InstanceDecoder`: thresholds, NMS,
            bounds.
        preprocessing: The input scaling of an unknown backbone, see
            `models.feature_backbone`.

    The network maps RGB images `(B, H, W, 3)`, 0 to 255, H and W multiples of
    32, to `{"category_logits": (B, G, C), "kernels": (B, G, E),
    "mask_features": (B, H/4, W/4, E)}`.

    Example:

    >>> import numpy as np
    >>> from keras_solo.models import ResNet
    >>> model = SOLOv2(
    ...     ResNet(18),
    ...     class_names=["cat", "dog"],
    ...     preprocessor=Letterbox((64, 64)),
    ...     head="light",
    ... )
    >>> photo = np.zeros((48, 80, 3), "uint8")
    >>> model.segment(photo).original_size
    (48, 80)

    Source: SOLOv2 (arXiv:2003.10152); `configs/solov2` of MMDetection 3.3.
    """

    def __init__(
        self,
        backbone,
        num_classes=None,
        class_names=None,
        preprocessor=None,
        levels=None,
        head="full",
        pyramid_filters=256,
        mask_head=None,
        collision="both",
        max_pairs=None,
        decoder=None,
        preprocessing=None,
        dtype=None,
        name=None,
    ):
        num_classes, class_names = _checked_classes(num_classes, class_names)
        preprocessor = _as(Letterbox, preprocessor) or Letterbox(
            (800, 1333), canvas="fit"
        )
        levels = _as(Levels, levels) or Levels.for_canvas(
            preprocessor.largest_canvas
        )
        head = _checked_head(head)
        policy = keras.dtype_policies.get(dtype or keras.config.dtype_policy())

        # === Layers ===
        backbone = feature_backbone(backbone, preprocessing)
        pyramid_levels = sorted(backbone.output)
        finest_extra = int(max(levels.names)[1:]) - int(pyramid_levels[-1][1:])
        feature_pyramid = FeaturePyramid(
            pyramid_filters,
            num_extra_levels=max(finest_extra, 0),
            dtype=policy,
            name="feature_pyramid",
        )
        mask_arguments = {
            "level_names": [n for n in pyramid_levels if n <= "P5"],
            "groups": head.get("groups", 32),
            **(mask_head or {}),
        }
        head_layer = SOLOv2Head.for_levels(
            num_classes, levels, **head, dtype=policy, name="head"
        )
        mask_feature_head = MaskFeatureHead(
            output_filters=head_layer.kernel_filters,
            **mask_arguments,
            dtype=policy,
            name="mask_feature_head",
        )

        # === Functional model ===
        images = keras.Input((None, None, 3), name="images")
        pyramid = feature_pyramid(backbone(images))
        outputs = {
            **head_layer(pyramid),
            "mask_features": mask_feature_head(pyramid),
        }
        super().__init__(inputs=images, outputs=outputs, name=name)

        # === Config ===
        self.dtype_policy = policy  # a functional model ignores dtype=
        self.backbone = backbone
        self.feature_pyramid = feature_pyramid
        self.head = head_layer
        self.mask_feature_head = mask_feature_head
        self.num_classes = num_classes
        self.class_names = class_names
        self.preprocessor = preprocessor
        self.levels = levels
        self.target_encoder = SOLOv2TargetEncoder(
            levels, collision, max_pairs, name="target_encoder"
        )
        self._decoder = InstanceDecoder(
            levels, **(decoder or {}), name="decoder"
        )
        self._build_weightless(self.target_encoder, self._decoder)
        self.compiled_shapes = CompiledShapes()
        self.category_ids = None
        self._arguments = {
            "head": dict(head),
            "pyramid_filters": pyramid_filters,
            "mask_head": mask_head,
            "collision": collision,
            "max_pairs": max_pairs,
            "preprocessing": preprocessing,
        }
        self.category_loss_tracker = keras.metrics.Mean(name="category_loss")
        self.mask_loss_tracker = keras.metrics.Mean(name="mask_loss")
        if max_pairs is not None:
            self.dropped_pairs_tracker = keras.metrics.Sum(name="dropped_pairs")
        self.compile()

    @staticmethod
    def _build_weightless(*layers):
        # While a sublayer is not built, Keras runs the whole network once
        # more in Python before every prediction on JAX.
        for layer in layers:
            layer.build(None)

    # === Training ===

    def compile(
        self,
        optimizer="auto",
        category_loss="auto",
        mask_loss="auto",
        loss_weights=None,
        metrics=None,
        **kwargs,
    ):
        """Configures the model for training.

        Args:
            optimizer: As everywhere in Keras. `"auto"` is AdamW with a
                learning rate of 1e-4 and a clipped gradient norm;
                `keras_solo.recipes` has whole recipes.
            category_loss: A function of cell labels `(B, G)` (-1 is
                background) and logits `(B, G, C)` that returns a scalar.
                `"auto"` is `SigmoidFocalLoss`.
            mask_loss: A function of masks and logits `(B, P, h, w)` that
                returns `(B, P)`, one number a mask. `"auto"` is `dice`.
            loss_weights: Dict with `"category_loss"` and `"mask_loss"`, 1 and
                3 by default.
            metrics: Not supported: `keras_solo.callbacks.CocoMaskAP` measures.
            **kwargs: Of `keras.Model.compile`.
        """
        if metrics is not None or kwargs.get("weighted_metrics") is not None:
            raise ValueError(
                "SOLOv2 takes no metrics: outputs are not comparable with "
                "targets before decoding. Use "
                "keras_solo.callbacks.CocoMaskAP(dataset) in fit. "
                f"Received: metrics={metrics}"
            )
        if kwargs.pop("loss", None) is not None:
            raise ValueError(
                "SOLOv2 has two losses: pass category_loss= and mask_loss= "
                "instead of loss=."
            )
        weights = {**LOSS_WEIGHTS, **(loss_weights or {})}
        if set(weights) != set(LOSS_WEIGHTS):
            raise ValueError(
                f"Expected loss_weights for {sorted(LOSS_WEIGHTS)}. "
                f"Received: {loss_weights}"
            )
        if isinstance(optimizer, str) and optimizer == "auto":
            optimizer = keras.optimizers.AdamW(1e-4, global_clipnorm=35.0)
        if isinstance(category_loss, str) and category_loss == "auto":
            category_loss = SigmoidFocalLoss()
        if isinstance(mask_loss, str) and mask_loss == "auto":
            mask_loss = DiceLoss(reduction="none")
        self.category_loss = category_loss
        self.mask_loss = mask_loss
        self.loss_weights = weights
        self._compile_arguments = {
            "category_loss": category_loss,
            "mask_loss": mask_loss,
            "loss_weights": weights,
            **kwargs,
        }
        super().compile(optimizer=optimizer, loss=None, **kwargs)

    def get_compile_config(self):
        return keras.saving.serialize_keras_object(
            {"optimizer": self.optimizer, **self._compile_arguments}
        )

    def compile_from_config(self, config):
        config = keras.saving.deserialize_keras_object(config)
        self.compile(**config)
        self.optimizer.build(self.trainable_variables)

    def fit(self, *args, **kwargs):
        """`keras.Model.fit` on batches of images and targets."""
        # What a callback undoes however a training ends: Keras calls no
        # `on_train_end` after an error.
        with contextlib.ExitStack() as self.after_fit:
            history = super().fit(*args, **kwargs)
        if averages_weights(self.optimizer):
            own_memory(self.trainable_weights)
        return history

    def make_train_function(self, force=False):
        self._refuse_replicas()
        return super().make_train_function(force)

    def make_test_function(self, force=False):
        self._refuse_replicas()
        return super().make_test_function(force)

    def _refuse_replicas(self):
        """The losses are sums over a batch, which replicas would multiply."""
        strategy = getattr(self, "distribute_strategy", None)
        count = getattr(strategy, "num_replicas_in_sync", 1)
        if count > 1:
            raise NotImplementedError(
                "Expected a tf.distribute strategy of one replica: with more "
                "of them the gradient of a SOLOv2 would be multiplied by "
                f"their number. Received: {type(strategy).__name__} with "
                f"{count} replicas"
            )

    def compute_loss(
        self, x=None, y=None, y_pred=None, sample_weight=None, training=True
    ):
        """Category loss over all cells, mask loss over all pairs.

        Args:
            x: Images; not used.
            y: Targets, a dict of masks, labels, boxes and centres as
                `SOLOv2TargetEncoder` takes them, or what it returns.
            y_pred: The network's outputs.
            sample_weight: Not supported.
            training: Not used.

        Returns:
            A float32 scalar.
        """
        if sample_weight is not None:
            raise ValueError("SOLOv2 supports no sample_weight.")
        _check_targets(y)
        encoded = y if "pair_cells" in y else self.target_encoder(y)
        category_loss = self.category_loss(
            encoded["labels"], y_pred["category_logits"]
        )
        total = sum_over_pairs(
            self.mask_loss,
            encoded["masks"],
            y_pred["kernels"],
            y_pred["mask_features"],
            encoded["pair_cells"],
            encoded["pair_instances"],
        )
        positives = ops.sum(ops.cast(encoded["labels"] >= 0, "float32"))
        mask_loss = total / ops.maximum(positives, 1.0)
        self._track(category_loss, mask_loss, encoded)
        loss = self.loss_weights["category_loss"] * category_loss
        loss = loss + self.loss_weights["mask_loss"] * mask_loss
        for regularization in self.losses:
            loss = loss + ops.cast(regularization, loss.dtype)
        return loss

    def _track(self, category_loss, mask_loss, encoded):
        # Parts as they enter the sum, so that the progress bar adds up.
        self.category_loss_tracker.update_state(
            self.loss_weights["category_loss"] * category_loss
        )
        self.mask_loss_tracker.update_state(
            self.loss_weights["mask_loss"] * mask_loss
        )
        if self.target_encoder.max_pairs is not None:
            dropped = encoded.get("dropped_pairs")
            if dropped is not None:
                self.dropped_pairs_tracker.update_state(dropped)

    # === Prediction ===

    @property
    def decoder(self):
        """The `InstanceDecoder`. Set another one to change thresholds."""
        return self._decoder

    @decoder.setter
    def decoder(self, decoder):
        if not isinstance(decoder, InstanceDecoder):
            raise ValueError(
                f"Expected an InstanceDecoder. Received: {decoder!r}"
            )
        if decoder.levels != self.levels:
            raise ValueError(
                "Expected a decoder with the levels of the model, "
                f"{self.levels}. Received: {decoder.levels}"
            )
        self._build_weightless(decoder)
        self._decoder = decoder
        self.make_predict_function(force=True)

    def __setattr__(self, name, value):
        if isinstance(getattr(type(self), name, None), property):
            # A torch module would store a layer beside the property.
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)

    def predict_step(self, *args):
        outputs = super().predict_step(*args)
        if isinstance(outputs, tuple):  # (outputs, state) of a stateless step
            return self._decoder(outputs[0]), *outputs[1:]
        return self._decoder(outputs)

    @overload
    def segment(
        self,
        images: list[ImageSource] | tuple[ImageSource, ...],
        batch_size: int = 8,
    ) -> list[Instances]: ...

    @overload
    def segment(
        self,
        images: str | os.PathLike[str] | np.ndarray,
        batch_size: int = 8,
    ) -> Instances: ...

    def segment(self, images, batch_size=8):
        """Finds the instances of images of any size.

        Images are put on their canvases, canvases of one shape are batched,
        and masks come back in the pixels of each image. A batch that is not
        full is padded, so that every canvas shape is compiled once.

        Args:
            images: A path or a `(height, width, 3)` uint8 RGB array: one
                image; or a list of these.
            batch_size: Images that are predicted at once.

        Returns:
            `Instances`, or a list of them for a list of images.

        Raises:
            ValueError: If there is anything else among the images.
            ImageError: If one cannot be read.
        """
        return segment(self, images, batch_size)

    @overload
    def segment_stream(
        self,
        images: Iterable[ImageSource],
        batch_size: int = 8,
        *,
        ordered: bool = True,
        max_megapixels: float = MAX_MEGAPIXELS,
        on_error: Literal["raise"] = "raise",
        min_score: float = 0.0,
    ) -> Iterator[tuple[int, Instances]]: ...

    @overload
    def segment_stream(
        self,
        images: Iterable[ImageSource],
        batch_size: int = 8,
        *,
        ordered: bool = True,
        max_megapixels: float = MAX_MEGAPIXELS,
        on_error: Literal["raise", "skip"],
        min_score: float = 0.0,
    ) -> Iterator[tuple[int, Instances | ImageError]]: ...

    def segment_stream(self, images, batch_size=8, **kwargs):
        """Finds the instances of a stream of images, in little memory.

        Images of one canvas share a batch, which is predicted when it is
        full. Where too much waits, or no more images come, the group with the
        oldest image goes, padded. Images are decoded ahead in a few threads.

        Args:
            images: Any iterable, a generator too, of paths, `(height, width,
                3)` uint8 RGB arrays, or functions without arguments that
                return such an array and are called in a thread. It is drawn
                as far as needed.
            batch_size: Images that are predicted at once.
            ordered: Whether results come in the order of the images, or as
                they are ready, which lets fewer of them wait.
            max_megapixels: How much may wait beside a single batch that
                becomes full, in millions of pixels of three bytes: images,
                and what was found in images whose turn has not come. More
                lets batches become fuller where canvases are many or images
                are large.
            on_error: What becomes of an image that cannot be read: `"raise"`,
                or `"skip"`, which yields the error.
            min_score: Instances with a lower score are left out.

        Yields:
            `(index, Instances)`, images counted from 0; with
            `on_error="skip"` also `(index, ImageError)`.

        Raises:
            ValueError: If there is anything else among the images.
            ImageError: If one cannot be read, with `on_error="raise"`.

        Example:

        ```python
        photos = pathlib.Path("photos").glob("*.jpg")
        for index, instances in model.segment_stream(photos, min_score=0.3):
            print(index, instances.names)
        ```
        """
        return segment_stream(self, images, batch_size, **kwargs)

    # === Saving ===

    def get_config(self):
        return {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": keras.dtype_policies.serialize(self.dtype_policy),
            "backbone": keras.saving.serialize_keras_object(self.backbone),
            "num_classes": self.num_classes,
            "class_names": self.class_names,
            "preprocessor": self.preprocessor.get_config(),
            "levels": self.levels.get_config(),
            "decoder": _own_config(self._decoder),
            **self._arguments,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        for key in ("backbone", "dtype"):
            if isinstance(config.get(key), dict):
                config[key] = keras.saving.deserialize_keras_object(
                    config[key], custom_objects=custom_objects
                )
        trainable = config.pop("trainable", True)
        model = cls(**config)
        if not trainable:
            model.trainable = False
        return model

    presets = presets.Names()

    @classmethod
    def from_preset(cls, preset, load_weights=True, **kwargs):
        """Builds a model from a preset.

        Args:
            preset: One of these:

                - a name of `SOLOv2.presets`; published weights are
                  downloaded into Keras's folder once, and verified;
                - a folder that `save_to_preset` wrote;
                - a `.pth` file of a SOLOv2 of MMDetection, as it is: the
                  architecture follows from its tensors and its config text,
                  and nothing in it is executed;
                - `"hf://user/model"` or
                  `"kaggle://owner/model/keras/variation"`, a folder on one
                  of these hubs.
            load_weights: Whether to load the weights, or only to build the
                architecture.
            **kwargs: Overrides of the constructor's arguments, like
                `class_names` or `num_classes`, `preprocessor`, or `dtype`.
                Other classes get a new last layer, and all else keeps its
                weights; the same names, or names for a preset that has none
                and as many classes, keep it whole.

        Returns:
            A `SOLOv2`.

        Raises:
            ValueError: If there is no such preset, if it has no weights, or
                if they are damaged or do not fit.
            OSError: If a file cannot be downloaded.
        """
        return from_preset.load(cls, preset, load_weights, kwargs)

    def save_to_preset(self, folder, weights_dtype=None):
        """Writes `config.json`, `model.weights.h5` and `metadata.json`.

        Args:
            folder: Where to; made if need be.
            weights_dtype: `"float16"` halves the file; values are rounded.
        """
        preset_folder.save(self, folder, weights_dtype)


def _as(kind, value):
    if isinstance(value, dict):
        return kind.from_config(value)
    if value is not None and not isinstance(value, kind):
        raise ValueError(
            f"Expected a {kind.__name__}, or the dict of its arguments. "
            f"Received: {value!r}"
        )
    return value


def _own_config(layer):
    config = layer.get_config()
    return {
        key: value
        for key, value in config.items()
        if key not in ("name", "trainable", "dtype", "levels")
    }


def _checked_classes(num_classes, class_names):
    if isinstance(class_names, str):
        raise ValueError(
            "Expected class_names to be a list of names. "
            f"Received: class_names={class_names!r}"
        )
    if class_names is not None:
        class_names = tuple(class_names)
        if len(set(class_names)) != len(class_names):
            raise ValueError(
                f"Expected different class names. Received: {class_names}"
            )
        num_classes = num_classes or len(class_names)
        if num_classes != len(class_names):
            raise ValueError(
                "Expected one class name a class. Received: "
                f"num_classes={num_classes}, {len(class_names)} class names"
            )
    if not num_classes or num_classes < 1:
        raise ValueError(
            "Expected class_names, or num_classes of at least 1 (there is no "
            f"background class). Received: num_classes={num_classes}"
        )
    return num_classes, class_names


def _checked_head(head):
    if isinstance(head, str):
        if head not in HEADS:
            raise ValueError(
                f"Expected head to be one of {sorted(HEADS)}, or a dict. "
                f"Received: {head!r}"
            )
        return dict(HEADS[head])
    return dict(head)


def _check_targets(targets):
    if not isinstance(targets, dict) or not TARGETS <= set(targets):
        received = (
            sorted(targets) if isinstance(targets, dict) else type(targets)
        )
        raise ValueError(
            'Expected targets as a dict with "masks" (B, N, H/4, W/4), '
            '"labels" (B, N) and optionally "boxes" and "centers", or what '
            f"SOLOv2TargetEncoder returns. Received: {received}"
        )
