"""A compiled model from Python: what it says of itself, calls that are right, calls that are wrong.

usage: model.py DOUBLER.so DIGITS.so DIGITS.npz
"""

import gc
import os
import sys
import tempfile
import threading

import numpy as np

import winnow
from winnow import Model, WinnowError

DOUBLER, DIGITS, DATA = sys.argv[1:4]


def refused(function, *parts):
    try:
        function()
    except WinnowError as error:
        assert all(part in str(error) for part in parts), f"expected {parts} in: {error}"
        return
    raise AssertionError(f"expected an error with {parts}")


def test_description():
    model = Model.load(DOUBLER)
    info, = model.inputs
    assert (info.name, info.dtype, info.shape, info.type) == ("x", np.float32, (-1, 16), 1)
    assert str(info) == "x: ?x16 float32" and info.accepts((5, 16)) and not info.accepts((5, 15))
    assert model.name == "doubler" and model.has_dynamic_batch and model.threads == 1
    assert model.arena_bytes(4) == 4 * model.arena_bytes(1)
    assert model.layer_times is None and "doubler" in repr(model)
    digits = Model(DIGITS)
    assert [layer.op for layer in digits.layers].count("convolution") == 3 and digits.layers[1].macs > 0


def test_calls():
    model, ramp = Model(DOUBLER), np.arange(1, 17, dtype=np.float32)
    x = np.ones((1, 16), np.float32)
    y = model(x)
    assert isinstance(y, np.ndarray) and (y == ramp).all()
    assert (model(x=x) == y).all() and (model.run(named={"x": x})[0] == y).all()
    # Outputs are the caller's: a later call leaves them alone.
    again = model(2 * x)
    assert (y == ramp).all() and (again == 2 * ramp).all()
    # Batches grow and shrink.
    for batch in (3, 1, 70, 2):
        assert (model(np.ones((batch, 16), np.float32)) == np.tile(ramp, (batch, 1))).all()
    strided = np.ones((2, 32), np.float32)[:, ::2]
    assert (model(strided) == np.tile(ramp, (2, 1))).all()
    read_only = np.ones((1, 16), np.float32)
    read_only.setflags(write=False)
    assert (model(read_only) == ramp).all()


class OverDlpack:
    """A tensor that has nothing but DLPack."""

    def __init__(self, array):
        self._array = array

    def __dlpack__(self, **kwargs):
        return self._array.__dlpack__(**kwargs)

    def __dlpack_device__(self):
        return self._array.__dlpack_device__()


def test_dlpack():
    model = Model(DOUBLER)
    y = model(OverDlpack(np.ones((1, 16), np.float32)))
    assert np.from_dlpack(OverDlpack(y)).ctypes.data == y.ctypes.data and y[0, 15] == 16


def test_bound_call():
    model, x = Model(DOUBLER), np.ones((2, 16), np.float32)
    call = model.bind(x)
    call()
    y, = call.outputs
    assert y.shape == (2, 16) and y[1, 15] == 16
    x[1] = 3  # the call reads where the array lies, and writes where its outputs lie
    call()
    assert y[1, 15] == 48 and call.batch == 2


def test_errors():
    model = Model(DOUBLER)
    refused(lambda: model(np.ones((3, 15), np.float32)), "input 0 (x)", "extent 16", "15")
    refused(lambda: model(np.ones(16, np.float32)), "rank 2", "1")
    refused(lambda: model(np.ones((1, 16))), "'x'", "float32", "float64")
    refused(lambda: model(), "1 inputs", "0")
    refused(lambda: model(np.ones((1, 16), np.float32), np.ones((1, 16), np.float32)), "1 inputs", "2")
    refused(lambda: model(z=np.ones((1, 16), np.float32)), "['x']", "['z']")
    refused(lambda: Model(DOUBLER, threads=-1), "threads")
    refused(lambda: model.report(), "winnow.compile")
    refused(lambda: model.profile(), "instrument=True")
    # After all that the model still runs.
    assert model(np.ones((1, 16), np.float32))[0, 15] == 16


def test_files():
    refused(lambda: Model("/nowhere/model.so"), "/nowhere/model.so")
    with tempfile.TemporaryDirectory() as folder:
        text = os.path.join(folder, "text.so")
        with open(text, "w") as file:
            file.write("no library")
        refused(lambda: Model(text), "text.so")
        with open(DOUBLER, "rb") as file:
            data = file.read()
        cut = os.path.join(folder, "cut.so")
        with open(cut, "wb") as file:
            file.write(data[:64])
        refused(lambda: Model(cut), "cut.so")
    refused(lambda: Model("libc.so.6" if os.path.exists("libc.so.6") else "/lib/x86_64-linux-gnu/libc.so.6"), "compiled")


def test_contexts_side_by_side():
    data = np.load(DATA)["x"][:64]
    model = Model(DIGITS)
    expected = model(data)
    twins, results = [model.clone() for _ in range(3)] + [model], {}

    def work(i):
        results[i] = [twins[i](data[j:j + 8]) for j in range(0, 64, 8)]

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    single = np.concatenate([model(data[j:j + 8]) for j in range(0, 64, 8)])
    for result in results.values():
        assert np.concatenate(result).tobytes() == single.tobytes()
    assert np.abs(single - expected).max() < 1e-6
    # One model in several threads: calls wait for one another.
    shared = []
    threads = [threading.Thread(target=lambda: shared.append(model(data))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(result.tobytes() == expected.tobytes() for result in shared)
    clone = model.clone()
    del model, twins
    gc.collect()
    assert clone(data).tobytes() == expected.tobytes()


def test_measuring():
    result = Model(DIGITS).benchmark(seconds=0.05, batch=3)
    assert result.runs >= 5 and 0 < result.min_ms <= result.median_ms and result.threads == 1


def test_names():
    assert set(winnow.__all__) <= set(dir(winnow))
    for name in winnow.__all__:
        getattr(winnow, name)
    try:
        winnow.nothing
    except AttributeError as error:
        assert "nothing" in str(error)


for name, test in list(globals().items()):
    if name.startswith("test_"):
        test()
        print(f"{name}: passed")
