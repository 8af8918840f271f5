"""Models of MMDetection, as the benchmarks load them.

    python -m tests.benchmarks.mmdetection FOLDER NAME [--coco FOLDER]

makes a checkpoint of seeded weights which finds about 90 instances in the
photo that both sides segment. It needs MMDetection, and `tests/fixtures` among
Python's paths.
"""

import argparse

import make_mmdet_full as full  # of tests/fixtures
import numpy as np
import torch

from tests.benchmarks.material import MEAN, STD, Material

CANVASES = {"r50": (800, 1088), "light_r18": (448, 672)}
WANTED = 85, 95


def load(material, name):
    model, config = full.build(name)
    file = torch.load(material.checkpoint(name), weights_only=True)
    model.load_state_dict(file["state_dict"], strict=True)
    model.cfg = config
    return model


def normalised(images):
    """RGB `(B, H, W, 3)`, 0 to 255, as the network takes them."""
    images = (np.asarray(images, np.float32) - MEAN) / STD
    return torch.from_numpy(images.transpose(0, 3, 1, 2).copy())


@torch.no_grad()
def calibrate(model, images):
    """Shifts all category logits until the wanted instances are found."""
    head = model.mask_head
    kernels, categories, features = head(model.extract_feat(images))
    size = tuple(images.shape[-2:])
    metas = [full.sample(size).metainfo]
    low, high = -8.0, 8.0
    for _ in range(20):
        shift = (low + high) / 2
        (found,) = head.predict_by_feat(
            list(kernels),
            [level + shift for level in categories],  # changed in place
            features,
            batch_img_metas=metas,
        )
        if WANTED[0] <= len(found.scores) <= WANTED[1]:
            break
        if len(found.scores) < WANTED[0]:
            low = shift
        else:
            high = shift
    head.conv_cls.bias.add_(shift)
    return len(found.scores)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("name", choices=CANVASES)
    parser.add_argument("--coco")
    options = parser.parse_args()
    material = Material(options.folder, options.coco)
    images = normalised(material.canvas(*CANVASES[options.name]))
    model, config = full.build(options.name)
    full.randomize(model, 0, images)
    print(options.name, calibrate(model, images), "instances")
    meta = {
        "config": config.pretty_text,
        "CLASSES": full.CocoDataset.METAINFO["classes"],
    }
    torch.save(
        {"meta": meta, "state_dict": model.state_dict()},
        material.checkpoint(options.name),
        _use_new_zipfile_serialization=False,
    )


if __name__ == "__main__":
    main()
