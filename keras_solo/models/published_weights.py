"""Where weights that others published are."""

from __future__ import annotations

import dataclasses
import pathlib

OPENMMLAB = "https://download.openmmlab.com/mmdetection/v2.0/solov2"


@dataclasses.dataclass(frozen=True)
class Published:
    """Weights that somebody published.

    Args:
        address: URL of the file. Before its suffix, its name has the first
            digits of its sha256.
        licence: SPDX name.
        megabytes: Of its float32 weights; what else is in the file is little.
        mask_ap: On COCO val2017, as published.
    """

    address: str
    licence: str
    megabytes: float
    mask_ap: float | None = None

    @property
    def sha256(self) -> str:
        """The first digits of the file's hash."""
        return pathlib.PurePosixPath(self.address).stem.rpartition("-")[2]

    @property
    def most_bytes(self) -> int:
        """More than the file can have."""
        return round(1.1 * self.megabytes * 1_000_000)


def _mmdetection(
    folder: str, stamp: str, megabytes: float, mask_ap: float
) -> Published:
    address = f"{OPENMMLAB}/{folder}/{folder}_{stamp}.pth"
    return Published(address, "Apache-2.0", megabytes, mask_ap)


def _torchvision(file: str, megabytes: float) -> Published:
    address = f"https://download.pytorch.org/models/{file}.pth"
    return Published(address, "BSD-3-Clause", megabytes)


# The ninth of MMDetection's configs has no published weights.
PUBLISHED = {
    name: _mmdetection(name, stamp, megabytes, mask_ap)
    for name, stamp, megabytes, mask_ap in (
        ("solov2_r50_fpn_1x_coco", "20220512_125858-a357fa23", 187, 34.8),
        ("solov2_r50_fpn_3x_coco", "20220512_125856-fed092d4", 187, 37.5),
        ("solov2_r101_fpn_3x_coco", "20220511_095119-c559a076", 263, 39.1),
        ("solov2_r101_dcn_fpn_3x_coco", "20220513_214734-16c966cb", 276, 41.2),
        ("solov2_x101_dcn_fpn_3x_coco", "20220513_214337-aef41095", 455, 42.4),
        ("solov2_light_r18_fpn_3x_coco", "20220511_083717-75fa355b", 74, 29.7),
        ("solov2_light_r34_fpn_3x_coco", "20220511_091839-e51659d3", 114, 31.9),
        ("solov2_light_r50_fpn_3x_coco", "20220512_165256-c93a6074", 126, 33.7),
    )
}
# Backbones alone: torchvision's ImageNet weights, by name and depth.
BACKBONES = {
    "resnet18_imagenet": (18, _torchvision("resnet18-f37072fd", 46.8)),
    "resnet34_imagenet": (34, _torchvision("resnet34-b627a593", 87.3)),
    "resnet50_imagenet": (50, _torchvision("resnet50-0676ba61", 102.5)),
    "resnet101_imagenet": (101, _torchvision("resnet101-63fe2227", 178.8)),
}
