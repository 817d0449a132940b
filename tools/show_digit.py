#!/usr/bin/env python3
"""Shows a digit, what the demo network says it is and what it is; fails where the two differ.

usage: show_digit.py PICTURE.npy PROBABILITIES.npy --expected LABEL
"""

import argparse
import sys

import numpy as np


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("picture")
    parser.add_argument("probabilities")
    parser.add_argument("--expected", type=int, required=True)
    arguments = parser.parse_args()
    picture = np.load(arguments.picture).reshape(8, 8)
    probabilities = np.load(arguments.probabilities).reshape(10)
    print()
    for row in picture:
        print("    " + "".join(2 * " .:-=+*%#@"[int(v * 9.999)] for v in row))
    answer = int(probabilities.argmax())
    print(f"\n  the network says {answer} (probability {probabilities[answer]:.4f}), expected {arguments.expected}: "
          + ("right" if answer == arguments.expected else "WRONG"))
    sys.exit(answer != arguments.expected)


if __name__ == "__main__":
    main()
