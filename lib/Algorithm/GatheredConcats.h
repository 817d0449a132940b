//===- GatheredConcats.h - concatenations that only gathers read -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_ALGORITHM_GATHEREDCONCATS_H
#define WINNOW_LIB_ALGORITHM_GATHEREDCONCATS_H

#include "winnow/Dialect/CNN/CNN.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace winnow {

/// The channels that `gather` chooses, where they are constant, valid, and of
/// dimension 1; nothing otherwise.
std::optional<llvm::SmallVector<int64_t>> getGatheredChannels(cnn::GatherOp gather);

/// Where concatenations of channels are read by gathers only, lets the
/// convolutions before them compute whole blocks of `block` channels: channels
/// of zeros are added that no gather takes. Then parts end with a block and the
/// concatenation needs no copy. Returns how many convolutions were changed.
int64_t padGatheredConcats(mlir::func::FuncOp func, int64_t block);

} // namespace winnow

#endif // WINNOW_LIB_ALGORITHM_GATHEREDCONCATS_H
