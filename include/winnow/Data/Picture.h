//===- Picture.h - pictures of 8-bit RGB -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_DATA_PICTURE_H
#define WINNOW_DATA_PICTURE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <vector>

namespace winnow {

/// Rows of RGB pixels, from the top.
struct Picture {
  int64_t width = 0, height = 0;
  std::vector<uint8_t> rgb;
};

/// Decodes a PNG or JPEG file.
llvm::Expected<Picture> readPicture(llvm::StringRef path);

/// Resamples to width x height with a triangle filter as wide as the shrinking asks for.
Picture resizePicture(const Picture &picture, int64_t width, int64_t height);

/// The middle of a picture that is at least width x height.
Picture cropPicture(const Picture &picture, int64_t width, int64_t height);

/// The value of a channel of a pixel, 0..255: of three channels red, green, blue (the other way round with `bgr`); one
/// channel is luma (BT.601).
double getPictureChannel(const uint8_t *pixel, int64_t channel, int64_t channels, bool bgr);

} // namespace winnow

#endif // WINNOW_DATA_PICTURE_H
