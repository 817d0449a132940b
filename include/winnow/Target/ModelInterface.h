//===- ModelInterface.h - a model's inputs, outputs and layers --*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_TARGET_MODELINTERFACE_H
#define WINNOW_TARGET_MODELINTERFACE_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SmallVector.h"

#include <string>
#include <vector>

namespace winnow {

/// Module attributes that winnow-record-interface writes.
inline constexpr llvm::StringLiteral kInterfaceAttr = "winnow.interface";
inline constexpr llvm::StringLiteral kLayersAttr = "winnow.layers";
/// Attributes of @main: how much working memory it needs, and (after
/// winnow-plan-memory) that its arena is the last argument.
inline constexpr llvm::StringLiteral kArenaBytesAttr = "winnow.arena_bytes";
inline constexpr llvm::StringLiteral kArenaBytesPerBatchAttr = "winnow.arena_bytes_per_batch";
/// Unit attribute of @main: code takes times (winnow-instrument-layers).
inline constexpr llvm::StringLiteral kInstrumentedAttr = "winnow.instrumented";

/// Of @main: the most threads that its work is divided for (winnow-partition-kernels);
/// of its arguments: the threads of a run, and the runtime's team of them.
inline constexpr llvm::StringLiteral kMaxThreadsAttr = "winnow.max_threads";
inline constexpr llvm::StringLiteral kThreadsAttr = "winnow.threads";
inline constexpr llvm::StringLiteral kTeamAttr = "winnow.team";

/// One input or output as users see it.
struct TensorInterface {
  std::string name;
  /// As MLIR spells it, and its WinnowType. (Data, not an mlir::Type: reports outlive the context.)
  std::string elementType;
  int32_t typeCode = 0;
  /// Extents, ShapedType::kDynamic where only known at run time.
  llvm::SmallVector<int64_t> extents;
  /// Largest extents: fixed + perBatch * batch.
  llvm::SmallVector<int64_t> fixed, perBatch;
};

/// What is known of one algorithm for a layer.
struct AlgorithmCandidate {
  std::string name;        ///< with the size of its transform: "winograd F(4)"
  double cycles = 0;       ///< of one core, as its model predicts; 0: none was asked
  double microseconds = 0; ///< as measured; 0: it was not
  std::string obstacle;    ///< why it is not legal; empty where it is
};

/// One layer: what winnow-record-interface found.
struct LayerInterface {
  std::string name, op, algorithm, shape;
  /// Work for a batch of one: `bytes` is that of all operands and results, each once.
  int64_t macs = 0, weightBytes = 0, bytes = 0;
  /// Shapes of the operands, as `shape` is that of the result: "1x3x224x224xf32, 64x3x7x7xf32".
  std::string inputs;
  /// Where passes were asked to explain their choice, by falling interest: legal ones first, the fastest first.
  std::vector<AlgorithmCandidate> candidates;
  /// Of `macs`, those that code does: it may leave out products with zeros of the filter.
  int64_t computedMacs = 0;
  /// How the filter is stored without its zeros: "indices8 of 4 rows"; empty: with all of them.
  std::string storage;
  /// Bytes of constants as code reads them, packed or transformed. Not recorded: for those who see the constants.
  int64_t storedBytes = 0;
};

/// All that a compiled model says of itself.
struct ModelInterface {
  std::string name;
  llvm::SmallVector<TensorInterface, 2> inputs, outputs;
  llvm::SmallVector<LayerInterface> layers;
  int64_t arenaBytes = 0, arenaBytesPerBatch = 0;
  bool dynamicBatch = false, instrumented = false;
  /// The most threads that a run can use.
  int64_t maxThreads = 1;

  /// Reads the attributes of `module` and of its @main; a tensor that
  /// winnow.interface does not describe takes its type from @main's memrefs.
  /// Emits an error and fails where they are missing, contradict one another or
  /// ask for what the C interface cannot say (rank over 8, dynamic extents other
  /// than the batch in an input).
  static mlir::FailureOr<ModelInterface> read(mlir::ModuleOp module);
};

/// The layers of `module` alone; empty where none were recorded.
llvm::SmallVector<LayerInterface> readLayers(mlir::ModuleOp module);

/// The WinnowType of an element (see winnow_model.h), signless integers as signed ones; 0 for one that the C interface
/// does not have.
int32_t getElementTypeCode(mlir::Type type);

/// The name of the node that an operation came from; empty if it has none.
llvm::StringRef getLayerName(mlir::Location loc);

} // namespace winnow

#endif // WINNOW_TARGET_MODELINTERFACE_H
