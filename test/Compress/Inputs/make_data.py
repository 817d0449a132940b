"""Writes calibration data, good and bad, into a folder: make_data.py FOLDER DIGITS.npz"""

import os
import struct
import sys
import zlib

import numpy as np


def write_png(path, gray):
    """`gray`: uint8 of shape (height, width)."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    height, width = gray.shape
    rows = b"".join(b"\0" + row.tobytes() for row in gray)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) +
                   chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def main(folder, digits):
    data = np.load(digits)
    x, y = data["x"], data["y"]
    at = lambda name: os.path.join(folder, name)  # noqa: E731
    half = len(x) // 2
    np.savez(at("good.npz"), image=x[:half])
    np.savez_compressed(at("deflated.npz"), image=x[:half])
    np.savez(at("double.npz"), image=x[:half].astype(np.float64))
    np.save(at("labels.npy"), y[:half].astype(np.int64))
    np.savez(at("test.npz"), x=x[half:], y=y[half:])

    np.savez(at("wrong_key.npz"), drawing=x[:half])
    np.savez(at("wrong_shape.npz"), image=x[:half, :, :4])
    np.savez(at("wrong_type.npz"), image=x[:half].astype(np.int32))
    np.savez(at("none.npz"), image=x[:0])
    np.savez(at("few.npz"), image=x[:4])
    damaged = x[:half].copy()
    damaged[7, 0, 3, 3] = np.nan
    np.savez(at("nan.npz"), image=damaged)
    np.savez(at("constant.npz"), image=np.full_like(x[:20], 3))
    one = x[:20].copy()
    one[5] = 1
    np.savez(at("one_constant.npz"), image=one)
    whole = open(at("good.npz"), "rb").read()
    open(at("cut.npz"), "wb").write(whole[:len(whole) // 2])
    flipped = bytearray(open(at("deflated.npz"), "rb").read())
    flipped[400] ^= 0x55
    open(at("flipped.npz"), "wb").write(flipped)
    np.save(at("few_labels.npy"), y[:3].astype(np.int64))

    os.mkdir(at("empty"))
    for name in ("pictures", "broken"):
        os.mkdir(at(name))
    span = max(1e-6, float(x.max() - x.min()))
    with open(at("labels.tsv"), "w") as labels:
        labels.write("file\tclass\n")
        for i in range(64):
            gray = np.clip((x[i, 0] - x.min()) / span * 255, 0, 255).round().astype(np.uint8)
            write_png(at(f"pictures/{i:02}.png"), gray.repeat(2, 0).repeat(2, 1))
            labels.write(f"{i:02}.png\t{y[i]}\n")
    open(at("broken/a.png"), "wb").write(b"\x89PNG\r\n\x1a\nnothing")
    with open(at("preprocess.json"), "w") as file:
        file.write('{"size": [8, 8], "crop": "none", "mean": %r, "scale": %r}' %
                   (-float(x.min()) * 255 / span, span / 255))
    open(at("unknown.json"), "w").write('{"means": [1]}')
    open(at("other_size.json"), "w").write('{"size": [9, 9]}')


main(*sys.argv[1:])
