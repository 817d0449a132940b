"""Maps a model over 1,000 pictures, with two workers and in this process: from a folder, a Parquet and a tar file. All must
agree to the last bit, also when a worker is killed half way.

usage: distributed_map.py MODEL.so DIGITS.npz FOLDER
"""

import io
import os
import signal
import sys
import tarfile
from pathlib import Path

import numpy as np
import PIL.Image

from winnow import WinnowError
from winnow.distributed import evaluate, map_pictures
from winnow.pictures import PictureOptions, read_picture

COUNT = 1000
MODEL, DIGITS, FOLDER = sys.argv[1], sys.argv[2], Path(sys.argv[3])


def make_pictures():
    """The test digits over and over, each with another noise: no two are the same."""
    data, generator = np.load(DIGITS), np.random.default_rng(1)
    x, y = data["x"], data["y"]
    scale = 255 / max(1e-9, float(x.max()))
    for i in range(COUNT):
        pixels = np.clip(x[i % len(x)].squeeze() * scale + generator.normal(0, 3, x.shape[-2:]), 0, 255)
        file = io.BytesIO()
        PIL.Image.fromarray(pixels.astype(np.uint8)).save(file, "png")
        yield f"{i:05d}", file.getvalue(), int(y[i % len(y)])


def write_sources(pictures):
    (FOLDER / "pictures").mkdir(parents=True)
    for key, data, _ in pictures:
        (FOLDER / "pictures" / f"{key}.png").write_bytes(data)
    with tarfile.open(FOLDER / "pictures.tar", "w") as archive:
        for key, data, label in pictures:
            for name, content in ((f"{key}.png", data), (f"{key}.cls", str(label).encode())):
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    sources = [FOLDER / "pictures", FOLDER / "pictures.tar"]
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        return sources
    table = pyarrow.table({"image": [p[1] for p in pictures], "label": [p[2] for p in pictures],
                           "key": [p[0] for p in pictures]})
    pyarrow.parquet.write_table(table, FOLDER / "pictures.parquet", row_group_size=300)
    return [*sources, FOLDER / "pictures.parquet"]


class KillOnce:
    """Makes inputs; the first process that comes to picture number `at` kills itself."""

    def __init__(self, at, flag):
        self.left, self.at, self.flag = 0, at, str(flag)

    def __call__(self, data, info):
        self.left += 1
        if self.left == self.at:
            try:
                os.close(os.open(self.flag, os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                pass
            else:
                os.kill(os.getpid(), signal.SIGKILL)
        return read_picture(data, info)


def refused(function, part):
    try:
        function()
    except WinnowError as error:
        assert part in str(error), f"expected '{part}' in: {error}"
        return
    raise AssertionError(f"expected an error with '{part}'")


def check(name, answers, expected):
    assert len(answers) == len(expected) == COUNT, f"{name}: {len(answers)} answers"
    for got, wanted in zip(answers, expected):
        assert Path(got.key).stem == Path(wanted.key).stem, f"{name}: {got.key} in place of {wanted.key}"
        for a, b in zip(got.outputs, wanted.outputs):
            assert a.dtype == b.dtype and a.tobytes() == b.tobytes(), f"{name}: {got.key} differs"
    print(f"{name}: {len(answers)} answers, bit-identical")


def main():
    sources = write_sources(list(make_pictures()))
    expected = list(map_pictures(MODEL, sources[0]))
    for source in sources:
        check(f"here, {source.suffix or 'folder'}", list(map_pictures(MODEL, source, piece=7)), expected)
    bad = FOLDER / "bad"
    bad.mkdir()
    (bad / "text.png").write_text("no picture")
    refused(lambda: list(map_pictures(MODEL, bad)), "text.png")
    refused(lambda: evaluate(MODEL, sources[0]), "class")
    refused(lambda: list(map_pictures(MODEL, sources[0], workers=-1)), "workers")
    if "--local" in sys.argv:
        return
    import ray
    ray.init(num_cpus=2, include_dashboard=False, logging_level="ERROR", log_to_driver=False)
    for source in sources:
        check(f"2 workers, {source.suffix or 'folder'}", list(map_pictures(MODEL, source, workers=2)), expected)
    refused(lambda: list(map_pictures(MODEL, bad, workers=2)), "text.png")
    refused(lambda: list(map_pictures(MODEL, sources[0], workers=3)), "processors")
    killed = FOLDER / "killed"
    check("2 workers, one killed", list(map_pictures(
        MODEL, sources[0], workers=2, prepare=KillOnce(COUNT // 4, killed))), expected)
    assert killed.exists(), "no worker was killed"
    batches = list(map_pictures(MODEL, sources[0], batch=8))
    check("2 workers, batches of 8", list(map_pictures(MODEL, sources[0], workers=2, batch=8)), batches)
    unit = PictureOptions(std=(255.0,))
    here, there = (evaluate(MODEL, sources[1], workers=workers, prepare=unit) for workers in (0, 2))
    assert here == there and here.count == COUNT and here.top1 > 0.95 * COUNT, f"{here} here, {there} with workers"
    print(f"accuracy: {there}")


if __name__ == "__main__":
    main()
