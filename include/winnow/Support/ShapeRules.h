//===- ShapeRules.h - shapes of results from shapes of operands -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_SUPPORT_SHAPERULES_H
#define WINNOW_SUPPORT_SHAPERULES_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/Twine.h"

#include <optional>

namespace winnow {

/// Shapes of tensors; an extent that is only known at run time is
/// `ShapedType::kDynamic`. The rules below never overflow and never assert:
/// whatever is wrong with their arguments becomes one report.
using Shape = llvm::SmallVector<int64_t>;
using ShapeRef = llvm::ArrayRef<int64_t>;

/// Takes a message of the form `expected ... but got ...` and returns failure.
using Report = llvm::function_ref<mlir::LogicalResult(const llvm::Twine &)>;

inline bool isDynamic(int64_t extent) { return mlir::ShapedType::isDynamic(extent); }

/// A shape as it is written in a type: `2x?x4`; `scalar` for rank 0.
std::string shapeToString(ShapeRef shape);

/// A list as it is written in an attribute: `[1, 2]`.
std::string listToString(ShapeRef list);

/// The number of elements; nothing if an extent is dynamic or the product does
/// not fit in 63 bits.
std::optional<int64_t> countElements(ShapeRef shape);

/// Whether the static extents multiply to a count that leaves room for the
/// largest element type in 63 bits of bytes.
bool fitsInMemory(ShapeRef shape);

/// Whether two shapes can be the same at run time.
bool areCompatibleShapes(ShapeRef a, ShapeRef b);

/// Multidirectional broadcasting: dimensions align from the right, 1 stretches.
mlir::FailureOr<Shape> broadcastShapes(ShapeRef a, ShapeRef b, Report report);

/// Whether `from` stretches to exactly `to` (unidirectional broadcasting).
bool broadcastsTo(ShapeRef from, ShapeRef to);

//===----------------------------------------------------------------------===//
// Windows: convolutions and pools
//===----------------------------------------------------------------------===//

/// One spatial dimension of a sliding window.
struct Window {
  int64_t extent = 1, stride = 1, dilation = 1;
  int64_t padBegin = 0, padEnd = 0;
  /// Whether a last, incomplete step counts (`ceil_mode` of pools).
  bool ceilMode = false;
};

/// The pads (begin, end) with which `ceil(in / stride)` windows cover an input:
/// `SAME_UPPER` puts an odd one at the end, `SAME_LOWER` at the beginning.
/// Nothing if they depend on an extent that is dynamic.
std::optional<std::pair<int64_t, int64_t>> getSamePads(int64_t in, const Window &window, bool upper);

/// How many windows fit: floor((in + pads - dilation*(extent-1) - 1) / stride) + 1;
/// with `ceilMode` the division rounds up unless the last window would start in
/// the end padding.
mlir::FailureOr<int64_t> getWindowOutput(int64_t in, const Window &window, Report report);

/// The extent a transposed window produces:
/// stride*(in-1) + outputPadding + dilation*(extent-1) + 1 - pads.
mlir::FailureOr<int64_t> getTransposedOutput(int64_t in, const Window &window, int64_t outputPadding, Report report);

//===----------------------------------------------------------------------===//
// Products, reductions, data movement
//===----------------------------------------------------------------------===//

/// numpy's matmul: the last two dimensions multiply, leading ones broadcast.
mlir::FailureOr<Shape> getMatmulShape(ShapeRef lhs, ShapeRef rhs, Report report);

/// `axis` in [0, rank), or a report.
mlir::LogicalResult checkAxis(int64_t axis, int64_t rank, Report report);

/// `axes` strictly ascending in [0, rank), or a report.
mlir::LogicalResult checkAxes(ShapeRef axes, int64_t rank, Report report);

/// Reduced dimensions vanish, or keep extent 1.
mlir::FailureOr<Shape> getReducedShape(ShapeRef input, ShapeRef axes, bool keepDims, Report report);

/// Dimension i of the result is dimension permutation[i] of the input.
mlir::FailureOr<Shape> getTransposedShape(ShapeRef input, ShapeRef permutation, Report report);

/// Equal but for `axis`, whose extents add up.
mlir::FailureOr<Shape> getConcatShape(llvm::ArrayRef<ShapeRef> inputs, int64_t axis, Report report);

/// Elements a slice takes of one dimension: `count` of them from `start`, `step` apart.
struct SliceRange {
  int64_t start, count, step;
};

/// ONNX's bounds (from the end when negative, clamped) made plain; `extent` is
/// static and `step` is not zero.
SliceRange normalizeSlice(int64_t extent, int64_t start, int64_t end, int64_t step);

/// Extents after slicing `axes`; a dynamic dimension that is sliced stays dynamic.
mlir::FailureOr<Shape> getSliceShape(ShapeRef input, ShapeRef axes, ShapeRef starts, ShapeRef ends, ShapeRef steps,
                                     Report report);

/// Extents after adding `pads` (all begins, then all ends; negative ones cut).
mlir::FailureOr<Shape> getPadShape(ShapeRef input, ShapeRef pads, Report report);

/// Extents after repeating each dimension.
mlir::FailureOr<Shape> getTileShape(ShapeRef input, ShapeRef repeats, Report report);

/// Whether some choice of the dynamic extents gives both shapes equally many elements.
bool canReshape(ShapeRef from, ShapeRef to);

/// ONNX Reshape: -1 is inferred, 0 copies the input's extent unless `allowZero`.
mlir::FailureOr<Shape> getReshapeShape(ShapeRef input, ShapeRef target, bool allowZero, Report report);

//===----------------------------------------------------------------------===//
// Einstein sums
//===----------------------------------------------------------------------===//

/// An equation with one label per dimension: letters stand for themselves,
/// dimensions under an ellipsis are -1 (the last), -2, ...
struct EinsumEquation {
  llvm::SmallVector<llvm::SmallVector<int>> inputs;
  llvm::SmallVector<int> output;
};

/// Reads `equation` for operands of the given ranks. Without `->` the output
/// has the broadcast dimensions, then the letters that occur once, sorted.
mlir::FailureOr<EinsumEquation> parseEinsum(llvm::StringRef equation, llvm::ArrayRef<int64_t> ranks, Report report);

/// The result's extents; equal labels must have equal extents, dimensions under
/// an ellipsis broadcast.
mlir::FailureOr<Shape> getEinsumShape(const EinsumEquation &equation, llvm::ArrayRef<ShapeRef> inputs, Report report);

} // namespace winnow

#endif // WINNOW_SUPPORT_SHAPERULES_H
