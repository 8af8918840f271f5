"""Pictures from plain arrays: instances, target assignment, curves; pages."""

from keras_solo.visualization.batch import plot_batch
from keras_solo.visualization.colors import instance_colors
from keras_solo.visualization.curves import draw_curves
from keras_solo.visualization.instances import draw_instances
from keras_solo.visualization.learning_rates import draw_learning_rates
from keras_solo.visualization.page import Page
from keras_solo.visualization.picture import Picture
from keras_solo.visualization.precision_recall import draw_precision_recall
from keras_solo.visualization.sheet import draw_sheet
from keras_solo.visualization.targets import draw_targets

__all__ = [
    "Page",
    "Picture",
    "draw_curves",
    "draw_instances",
    "draw_learning_rates",
    "draw_precision_recall",
    "draw_sheet",
    "draw_targets",
    "instance_colors",
    "plot_batch",
]
