"""Thresholds of overlap and score, checked before anything is computed."""

from __future__ import annotations


def checked_thresholds(iou_threshold: float, score_threshold: float) -> None:
    """Refuses what is no threshold.

    Args:
        iou_threshold: Above 0, at most 1.
        score_threshold: A number.

    Raises:
        ValueError: If one of them is something else.
    """
    if not 0.0 < iou_threshold <= 1.0:
        raise ValueError(
            "Expected an iou_threshold above 0 and at most 1. "
            f"Received: iou_threshold={iou_threshold}"
        )
    if score_threshold != score_threshold:
        raise ValueError(
            "Expected a score_threshold that is a number. "
            f"Received: score_threshold={score_threshold}"
        )
