"""Frames of a video with their instances, in order, as they are needed."""

import itertools

import numpy as np
import pytest

from keras_solo.data.instances import Instances
from keras_solo.data.video import VideoError
from keras_solo.inference import video
from keras_solo.inference.tiling import Tiling
from keras_solo.inference.tracks import Tracker
from keras_solo.inference.video import segment_video
from keras_solo.models import SOLOv2
from tests.data.clips import write_clip, write_short


@pytest.fixture
def drawn(monkeypatch):
    """A model that finds what is bright; how many frames it has drawn."""
    count = itertools.count()

    def stream(model, images, batch_size, tiled, tta, **options):
        for index, image in enumerate(images):
            next(count)
            mask = image[..., 0] > 120
            yield index, Instances(mask[None], [0], image=image)

    monkeypatch.setattr(video, "chosen_stream", stream)
    return count


def test_numbers_times_and_tracks(tmp_path, drawn):
    path = write_clip(tmp_path / "a.mp4", 6)
    found = list(segment_video(None, path, every=2, track=True, verbose=0))
    assert [frame.number for frame in found] == [0, 2, 4]
    np.testing.assert_allclose([frame.time for frame in found], [0, 0.2, 0.4])
    assert [one.instances.track_ids.tolist() for one in found] == [[1]] * 3
    centers = np.concatenate([one.instances.centers for one in found])
    np.testing.assert_allclose(centers[:, 0], [8, 16, 24], atol=1.5)
    none = segment_video(None, path, verbose=0)
    assert next(none).instances.track_ids is None
    tracker = Tracker(min_iou=1)
    tracked = segment_video(None, path, track=tracker, verbose=0)
    assert len(list(tracked)) == 6


def test_frames_are_read_as_they_are_needed(tmp_path, drawn):
    frames = segment_video(None, write_clip(tmp_path / "a.mp4", 9), verbose=0)
    next(frames)
    frames.close()
    assert next(drawn) == 1


def test_progress_ends_where_the_video_does(tmp_path, drawn, capsys):
    path = write_clip(tmp_path / "a.mp4", 5)
    list(segment_video(None, path, every=2, verbose=2))
    assert capsys.readouterr().out == "3 of 3 frames\n"
    with pytest.warns(UserWarning, match="cut short"):
        read = list(segment_video(None, write_short(tmp_path / "b.avi")))
    assert capsys.readouterr().out == f"{len(read)} of {len(read)} frames\n"


def test_a_real_model(tmp_path):
    model = SOLOv2.from_preset("solov2_tiny_shapes")
    path = write_clip(tmp_path / "a.mp4", 3)
    found = list(segment_video(model, path, batch_size=2, verbose=0))
    assert [frame.number for frame in found] == [0, 1, 2]
    assert all(one.instances.image.shape == (48, 64, 3) for one in found)


def test_wrong_arguments(tmp_path):
    with pytest.raises(VideoError, match="a.mp4: cannot be read"):
        segment_video(None, tmp_path / "a.mp4")
    path = write_clip(tmp_path / "b.mp4", 1)
    for wrong in ({"every": 0}, {"batch_size": 0}):
        with pytest.raises(ValueError, match="of at least 1"):
            segment_video(None, path, **wrong)
    with pytest.raises(ValueError, match="mask_dtype"):
        segment_video(None, path, mask_dtype="int8")


def test_tiles_and_views_of_frames(tmp_path):
    path = write_clip(tmp_path / "a.mp4", 3)
    model = SOLOv2.from_preset("solov2_tiny_shapes")
    for options in ({"tiled": Tiling(overlap=0.5)}, {"tta": True}):
        found = list(segment_video(model, path, verbose=0, **options))
        assert [frame.number for frame in found] == [0, 1, 2]
    with pytest.raises(ValueError, match="one of tiled and tta"):
        segment_video(model, path, tiled=True, tta=True)


@pytest.mark.parametrize(
    "options, problem",
    [
        ({"track": "yes"}, "track to be True, False or a Tracker"),
        ({"verbose": "loud"}, 'verbose to be "auto", 0, 1 or 2'),
    ],
)
def test_what_is_none_is_refused_at_once(tmp_path, options, problem):
    with pytest.raises(ValueError, match=f"Expected {problem}. Received: "):
        segment_video(None, write_clip(tmp_path / "a.mp4", 1), **options)
