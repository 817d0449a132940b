//===- Precision.h - networks in 16 bits ------------------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_COMPRESS_PRECISION_H
#define WINNOW_COMPRESS_PRECISION_H

#include "winnow/Compress/NetworkRunner.h"
#include "winnow/Data/SampleSet.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

#include <functional>
#include <string>
#include <vector>

namespace winnow {

/// Stores values between layers and filters of `func` in `type` (bf16 or f16), see winnow-convert-precision.
/// Convolutions for which `keep` gives a reason stay f32; it is asked once for each of f32, in their order. Returns how
/// many layers read 16 bits then.
int64_t convertPrecision(mlir::func::FuncOp func, mlir::FloatType type,
                         llvm::function_ref<std::string(mlir::Operation *layer)> keep);

struct PrecisionOptions {
  /// Points of top-1 accuracy on the samples (without labels: of agreement with the f32 network) that may be lost.
  double maxDrop = 0.5;
  /// Predicts how long a module takes on the target, in cycles.
  std::function<double(mlir::ModuleOp)> predict;
  /// Told before each step, in a few words.
  std::function<void(const std::string &)> progress;
};

/// One precision that a network could have.
struct PrecisionCandidate {
  std::string type; ///< f32, bf16 or f16
  double predictedCycles = 0;
  /// Layers of how many that stay f32.
  size_t keptLayers = 0, layers = 0;
  /// Points that are lost; negative: it was not run.
  double drop = -1;
  /// Why it was chosen, or was not.
  std::string reason;
};

/// Stores `module` in the precision of the least predicted time that keeps the allowed drop. Where all layers in 16
/// bits lose more, runs of layers stay f32, those first that disturb the output most. Returns all that were considered,
/// the chosen one first.
llvm::Expected<std::vector<PrecisionCandidate>> choosePrecision(mlir::ModuleOp module, const SampleSet &samples,
                                                                NetworkRunner &runner, const PrecisionOptions &options);

} // namespace winnow

#endif // WINNOW_COMPRESS_PRECISION_H
