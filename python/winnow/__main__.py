"""winnowc's command line, from Python: `python3 -m winnow MODEL.onnx -o MODEL.so`."""

from __future__ import annotations

import argparse
import sys
from typing import Any, Dict, List, Optional, Sequence, Tuple

from winnow.compiler import CompileOptions, algorithm_names, compile_file, phase_names, target_names, versions
from winnow.errors import WinnowError
from winnow.text import ProgressBar


def _named(text: str, separator: str, example: str) -> Tuple[str, str]:
    name, found, value = text.rpartition(separator) if separator == ":" else text.partition(separator)
    if not (name and found and value):
        raise argparse.ArgumentTypeError(f"expected {example}, found '{text}'")
    return name, value


def _input_shape(text: str) -> Tuple[str, List[Optional[int]]]:
    """NAME:1x3x224x224, with ? for a dynamic batch."""
    example = "NAME:1x3x224x224"
    name, shape = _named(text, ":", example)
    extents = shape.split("x")
    if not all(e.isdecimal() or e == "?" for e in extents) or "?" in extents[1:]:
        raise argparse.ArgumentTypeError(f"expected {example} (? for a dynamic batch), found '{text}'")
    return name, [None if e == "?" else int(e) for e in extents]


def _fixed_input(text: str) -> Tuple[str, str]:
    return _named(text, "=", "NAME=FILE.npy")


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0"):
        raise argparse.ArgumentTypeError(f"expected true or false, found '{text}'")
    return text.lower() in ("true", "1")


def _sparsity(text: str) -> bool:
    if text not in ("auto", "off"):
        raise argparse.ArgumentTypeError(f"expected auto or off but got '{text}'")
    return text == "auto"


class _Help(argparse.Action):
    """Help is made when it is asked for: it names what the compiler's library knows."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        known: Dict[str, str] = {"targets": ", ".join(target_names()), "algorithms": ", ".join(algorithm_names()),
                                 "phases": ", ".join(phase_names())}
        for action in parser._actions:
            if action.help:
                action.help = action.help.format(**known)
        parser.print_help()
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m winnow", description="Compiles a convolutional network to native "
                                     "code.", add_help=False, allow_abbrev=False)
    add, defaults = parser.add_argument, CompileOptions()
    add("-h", "--help", action=_Help, nargs=0, default=argparse.SUPPRESS, help="Show this")
    add("--version", action="store_true", help="Show the versions of Winnow and of the LLVM in it")
    add("input", nargs="?", metavar="MODEL.onnx|MODEL.mlir")
    add("-o", dest="output", metavar="FILE",
        help="Output; its ending picks the form: .so .o (with .h) .exe .ll .s .mlir .onnx")
    add("--target", default=defaults.target, metavar="NAME", help="{targets} or a triple")
    add("--mcpu", dest="cpu", default="", metavar="NAME", help="Processor to generate for")
    add("--mattr", dest="features", default="", metavar="+A,-B",
        help="Features to add to the processor's or take away")
    add("--batch", type=int, metavar="N", help="Batch, where the model leaves it open")
    add("--input-shape", action="append", default=[], type=_input_shape, metavar="NAME:1x3x224x224",
        help="Shape of an input; ? for a dynamic batch")
    add("--fix-input", action="append", default=[], type=_fixed_input, metavar="NAME=FILE.npy",
        help="Make an input a constant")
    add("--algorithm", default="", metavar="NAME", help="Compute convolutions by this where it is legal: {algorithms}")
    add("--threads", type=int, default=0, metavar="N",
        help="The most threads that runs will have (default: this machine's processors)")
    add("--precision", default="", metavar="f32|bf16|f16|auto",
        help="What values between layers and filters are stored in (default: f32)")
    add("--prune", default="", metavar="TARGET",
        help="Make weights zero after training: sparsity:0.7, macs:0.5, latency:0.6 or bytes:n, and ,pattern=2:4 ...")
    add("--dry-run", nargs="?", const="full", default="", metavar="full|quick",
        help="Write no model: tell what several levels of --prune would do to accuracy, time, size and energy")
    add("--quantize", default="", metavar="KIND",
        help="Quantize after training: int8, or bits as in w4a8, or of weights alone as in w4")
    add("--compare-bits", type=lambda text: text.split(","), default=[], metavar="w8a8,w6a6,...",
        help="Quantize with these bits too, and report the accuracy of each")
    add("--calibrate", default="", metavar="DIR|FILE.npz",
        help="Data to quantize with: a folder of pictures, or arrays by input with samples along the first axis")
    add("--preprocess", default="", metavar="FILE.json", help="How pictures become inputs")
    add("--labels", default="", metavar="FILE", help="Classes of the samples: an .npy, or lines of picture and class")
    add("--calibration-samples", type=int, default=defaults.calibration_samples, help="The most samples to take")
    add("--max-drop", type=float, metavar="POINTS", help="Keep more bits until no more top-1 accuracy is lost")
    add("--sparsity", type=_sparsity, default=True, metavar="auto|off",
        help="Leave the zeros of filters out where that is faster (default), or never")
    add("--autotune", action="store_true",
        help="Time the algorithms of each convolution on this machine, take the fastest")
    add("--tuning-cache", default="", metavar="FILE.json", help="Keep measured times there, and use those that are there")
    add("--fork-join-cycles", type=float, help=argparse.SUPPRESS)
    add("--measured-speed", type=_boolean, nargs="?", const=True, default=True, metavar="true|false",
        help="Predict with this machine's measured speeds; =false: with typical ones")
    add("-O", dest="opt_level", type=int, choices=range(4), default=defaults.opt_level,
        help="How hard to optimize the generated code")
    add("--compile-to", default="", metavar="PHASE", help="Write the .mlir after a phase: {phases}")
    add("--instrument", action="store_true", help="Take the time of each layer")
    add("--report", nargs="?", const="-", default="", metavar="FILE",
        help="Table of the layers: to stdout, or to FILE.txt, .json or .html")
    add("--remarks", default="", metavar="FILE.yaml", help="Write what passes did and declined")
    add("--crash-reproducer", default="", metavar="FILE.mlir",
        help="Where a pass that fails or crashes leaves its input, for winnow-opt --run-reproducer")
    add("--progress", action="store_true", help="Name each step on stderr (always so on a terminal)")
    add("--verify-each", action="store_true", help="Check the IR after each pass")
    add("--timing", action="store_true", help="Print the time of each pass to stderr")
    return parser


def main(argv: Optional[Sequence[str]] = None) -> int:
    """The command; returns its exit code, 0 only if the output is there."""
    parser = _parser()
    arguments = vars(parser.parse_args(argv))
    if arguments.pop("version"):
        print(", ".join(f"{name} {version}" for name, version in versions().items()))
        return 0
    source, output = arguments.pop("input"), arguments.pop("output")
    if not source or not (output or arguments["dry_run"]):
        parser.error("expected a model and an output (-o FILE)")
    if arguments["dry_run"]:  # all that it makes is a report
        arguments["report"] = arguments["report"] or "-"
    bar = ProgressBar("winnow", True if arguments.pop("progress") else None)
    options = CompileOptions(input_shapes=dict(arguments.pop("input_shape")),
                             fixed_inputs=dict(arguments.pop("fix_input")), **arguments)
    try:
        compile_file(source, output or "", options=options, progress=bar)
    except WinnowError as error:
        bar.close()
        print(error if str(error).startswith("error:") else f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        bar.close()
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
