//===- Passes.h - passes of the graph stage ---------------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_GRAPH_PASSES_H
#define WINNOW_GRAPH_PASSES_H

#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassOptions.h"

namespace winnow {

#define GEN_PASS_DECL
#include "winnow/Graph/Passes.h.inc"

/// What the graph stage does.
struct GraphPipelineOptions : mlir::PassPipelineOptions<GraphPipelineOptions> {
  Option<int64_t> batch{*this, "batch", llvm::cl::desc("Batch to set where it is dynamic; 0 leaves it"),
                        llvm::cl::init(0)};
  Option<int64_t> maxFoldedBytes{*this, "max-folded-bytes",
                                 llvm::cl::desc("Largest constant that folding may make out of smaller ones"),
                                 llvm::cl::init(1 << 20)};
  Option<bool> foldDequantize{*this, "fold-dequantize", llvm::cl::desc("Dequantize constant weights now"),
                              llvm::cl::init(false)};
};

/// Adds the passes of the graph stage to a pipeline over modules. Running it
/// twice changes nothing more than running it once.
void buildGraphPipeline(mlir::OpPassManager &manager, const GraphPipelineOptions &options);

#define GEN_PASS_REGISTRATION
#include "winnow/Graph/Passes.h.inc"

/// Makes the passes above and `--winnow-graph-pipeline` known.
void registerGraphPasses();

} // namespace winnow

#endif // WINNOW_GRAPH_PASSES_H
