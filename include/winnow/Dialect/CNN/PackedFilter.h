//===- PackedFilter.h - weights that stay few bits until they are used ----===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_DIALECT_CNN_PACKEDFILTER_H
#define WINNOW_DIALECT_CNN_PACKEDFILTER_H

#include "winnow/Dialect/CNN/CNN.h"

#include <optional>

namespace winnow::cnn {

/// The filter of an f32 convolution with one output pixel whose weights are dequantized constants:
/// w[m][c] = (integers[m][c] - zero) * scales[m][c / block]. A kernel can read the integers, each in as few bits as all
/// need, and never has to store the real numbers.
struct PackedFilter {
  mlir::ElementsAttr integers; ///< M x C x 1..., of at most 8 bits
  mlir::ElementsAttr scales;   ///< f32, M x C / block
  int64_t rows = 0, columns = 0, block = 0;
  int64_t zero = 0;  ///< of all integers
  unsigned bits = 8; ///< 2, 3, 4 or 8: integers - zero fit in them, with sign
};

/// Calls `body` for each element of a constant of integers that have a byte each: there may be too many to hold them
/// all in a wider form.
void forEachByte(mlir::ElementsAttr integers, llvm::function_ref<void(int64_t index, int64_t value)> body);

/// The packed filter of `op`; nothing, with the reason in `obstacle`, where it has none.
std::optional<PackedFilter> getPackedFilter(ConvolutionOp op, llvm::StringRef &obstacle);

/// Whether all who use `op` read its integers.
bool isReadPacked(DequantizeLinearOp op);

} // namespace winnow::cnn

#endif // WINNOW_DIALECT_CNN_PACKEDFILTER_H
