"""Writes an array of planes from 0 to 1 as a picture.

usage: picture.py X.npy PICTURE.png
"""

import sys

import numpy as np
import PIL.Image

pixels = np.load(sys.argv[1]).squeeze()
PIL.Image.fromarray(np.rint(pixels * 255).astype(np.uint8)).save(sys.argv[2])
