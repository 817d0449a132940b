//===- HostTensor.h - tensors in the memory of winnow-run -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_TOOLS_WINNOW_RUN_HOSTTENSOR_H
#define WINNOW_TOOLS_WINNOW_RUN_HOSTTENSOR_H

#include "winnow/Runtime/winnow_model.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace winnow::run {

/// A dense row-major tensor that this program owns.
struct HostTensor {
  std::string name;
  int32_t type = WINNOW_F32;
  std::vector<int64_t> shape;
  std::vector<char> bytes;
};

/// What a model wants as one of its inputs; extents are -1 where dynamic.
struct InputSpec {
  std::string name;
  int32_t type = WINNOW_F32;
  std::vector<int64_t> shape;
};

/// How a picture becomes a tensor: y = (x - mean) / deviation for x in 0..255.
struct PictureOptions {
  enum class Fit { Stretch, Crop, None } fit = Fit::Stretch;
  std::vector<double> mean, deviation;
  bool bgr = false;
};

/// Elements of a shape.
int64_t countElements(llvm::ArrayRef<int64_t> shape);
/// "1x3x224x224", "?" where dynamic.
std::string formatShape(llvm::ArrayRef<int64_t> shape);
/// "float32" and so on.
llvm::StringRef getTypeName(int32_t type);
/// Element `i` as a double, whatever the type.
double getElement(const HostTensor &tensor, int64_t i);

/// Reads a .npy file or a picture (.png, .jpg, .jpeg) for `spec`.
llvm::Expected<HostTensor> readInput(llvm::StringRef path, const InputSpec &spec, const PictureOptions &options);
/// Reproducible noise: floats uniform in [-1, 1), integers in 0..9.
HostTensor makeRandomInput(const InputSpec &spec, int64_t batch, uint64_t seed);
/// Writes `tensor` as a .npy file.
llvm::Error writeOutput(llvm::StringRef path, const HostTensor &tensor);

} // namespace winnow::run

#endif // WINNOW_TOOLS_WINNOW_RUN_HOSTTENSOR_H
