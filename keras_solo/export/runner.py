"""What every runtime does: canvases in, arrays out."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

Runner: TypeAlias = Callable[[np.ndarray], dict[str, np.ndarray]]
