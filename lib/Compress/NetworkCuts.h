//===- NetworkCuts.h - a network cut into parts -----------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_COMPRESS_NETWORKCUTS_H
#define WINNOW_LIB_COMPRESS_NETWORKCUTS_H

#include "LayerOp.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace winnow {

/// What it takes to look at the layers of a network one after the other, each on all runs, where the part that a layer
/// is in runs for it, and what flows from part to part is kept.
struct CutCosts {
  double runs;          ///< of the network
  int64_t mostBytes;    ///< that may flow between parts in a run
  double compilingMacs; ///< what compiling a part is worth
};

/// Where a network can be cut: between two ops, where all that is live are f32 tensors of known extents (but for an
/// open batch).
class NetworkCuts {
public:
  /// `macs`: multiplications of each layer in a run.
  NetworkCuts(mlir::func::FuncOp main, llvm::ArrayRef<LayerOp> layers, llvm::ArrayRef<double> macs);

  /// Part of a network.
  struct Part {
    size_t begin, end;           ///< ops
    size_t firstLayer, endLayer; ///< layers
  };
  /// Parts that make looking at all layers cheapest: each run takes a part once for each layer and once more.
  std::vector<Part> choose(const CutCosts &costs) const;
  /// Multiplications that a run takes in all for these parts.
  double countMacs(llvm::ArrayRef<Part> parts) const;
  /// Bytes of what flows into a part in a run; none into the first.
  int64_t getBytes(const Part &part) const { return places[part.begin].bytes; }

  /// The part as a network of its own. Its arguments are those of the network if it is the first, else what the part
  /// before it returns; its results those of the network if it is the last.
  mlir::OwningOpRef<mlir::ModuleOp> extract(const Part &part) const;

private:
  /// A place between ops.
  struct Place {
    llvm::SmallVector<mlir::Value> live;
    int64_t bytes = 0;    ///< of what is live
    bool cuttable = true; ///< the network could be cut here
    size_t layers = 0;    ///< before it
    double macs = 0;      ///< of these
  };

  mlir::func::FuncOp main;
  std::vector<mlir::Operation *> ops; ///< but constants and the return
  std::vector<Place> places;          ///< before each op, and the end
};

} // namespace winnow

#endif // WINNOW_LIB_COMPRESS_NETWORKCUTS_H
