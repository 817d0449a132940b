//===- Preprocess.h - how a picture becomes a tensor -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_DATA_PREPROCESS_H
#define WINNOW_DATA_PREPROCESS_H

#include "winnow/Data/Picture.h"

#include "llvm/ADT/ArrayRef.h"

#include <optional>

namespace winnow {

/// How a picture becomes the input of a network: y = (x - mean) * scale for x in 0..255.
struct Preprocess {
  /// Height and width that the network sees; 0: those of its input.
  int64_t height = 0, width = 0;
  /// Pixels that the shorter side gets first; 0: the least that covers what the network sees.
  int64_t resize = 0;
  /// The middle is cut out; without it, all of the picture is resized to what the network sees.
  bool crop = true;
  /// The first channel is blue.
  bool bgr = false;
  /// One for all channels, or one for each in the order of the tensor; none: 0 and 1.
  std::vector<double> mean, scale;
};

/// Reads a description in JSON; every field may be left out:
///
///     {"size": [224, 224], "resize": 256, "crop": "center", "order": "RGB", "mean": [127.5], "scale": [0.0078125]}
///
/// `size` is height and width, `crop` "center" or "none", `order` "RGB" or "BGR"; `std` may stand for 1 / scale.
llvm::Expected<Preprocess> readPreprocess(llvm::StringRef path);
/// The same from text; `name` is for errors.
llvm::Expected<Preprocess> parsePreprocess(llvm::StringRef text, llvm::StringRef name);

/// Writes the picture at `path` as f32 into `tensor`, whose shape (without the batch) is channels x height x width with
/// 1 or 3 channels. Fails where the picture cannot be read or is too small.
llvm::Error readPictureInto(llvm::StringRef path, const Preprocess &preprocess, llvm::ArrayRef<int64_t> shape,
                            llvm::MutableArrayRef<float> tensor);

} // namespace winnow

#endif // WINNOW_DATA_PREPROCESS_H
