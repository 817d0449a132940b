//===- Passes.h - passes of the Algorithm room ------------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_ALGORITHM_PASSES_H
#define WINNOW_ALGORITHM_PASSES_H

#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassOptions.h"

namespace mlir {
class ModuleOp;
class OpPassManager;
} // namespace mlir

namespace winnow::cnn {
enum class AlgorithmKind : uint32_t;
} // namespace winnow::cnn

namespace winnow {

#define GEN_PASS_DECL
#include "winnow/Algorithm/Passes.h.inc"

/// The cycles that the convolutions of `module` (after the graph stage, not changed) take on its target when all are
/// computed by their cheapest algorithms.
double predictCycles(mlir::ModuleOp module);

#define GEN_PASS_REGISTRATION
#include "winnow/Algorithm/Passes.h.inc"

/// What a user may ask of the room.
struct AlgorithmPipelineOptions : mlir::PassPipelineOptions<AlgorithmPipelineOptions> {
  Option<std::string> algorithm{*this, "algorithm",
                                llvm::cl::desc("The kind to use wherever it is legal; empty: the cheapest")};
  Option<bool> explain{*this, "explain", llvm::cl::desc("Leave what every model says on each convolution"),
                       llvm::cl::init(false)};
  Option<bool> sparsity{*this, "sparsity", llvm::cl::desc("Leave the zeros of filters out where that is faster"),
                        llvm::cl::init(true)};
};

/// The room in order: precision of quantized convolutions, layouts, algorithms.
void buildAlgorithmPipeline(mlir::OpPassManager &pm, const AlgorithmPipelineOptions &options = {});

/// Whether `name` is an algorithm that can be forced.
bool isAlgorithmName(llvm::StringRef name);

/// "depthwise, pointwise, ..." for help and errors.
std::string getAlgorithmNames();

/// "direct", "winograd F(4)", "fft of 32": an algorithm with the size of its transform (`outputs`).
std::string getAlgorithmLabel(cnn::AlgorithmKind kind, int64_t outputs);

/// Registers the passes and `winnow-algorithm-pipeline`.
void registerAlgorithmPasses();

} // namespace winnow

#endif // WINNOW_ALGORITHM_PASSES_H
