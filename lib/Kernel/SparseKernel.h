//===- SparseKernel.h - convolutions without the zeros of filters -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_SPARSEKERNEL_H
#define WINNOW_LIB_KERNEL_SPARSEKERNEL_H

#include "ConvolutionKernel.h"

#include "winnow/Support/ConstantData.h"
#include "winnow/Support/SparseTiling.h"

#include <cstring>
#include <vector>

namespace winnow::kernel {

/// A convolution whose lanes are pixels (see SparseTiling).
struct SparsePlan {
  ConvolutionShape shape;
  SparseTiling tiling;

  /// The plan of `shape`: `shape.pixels` vectors in a row, `shape.outputs` rows (0: flat), `shared` output channels
  /// with the same places. Fails with a reason where not legal.
  static llvm::FailureOr<SparsePlan> get(const ConvolutionShape &shape, int64_t shared, const TargetFacts &facts,
                                         llvm::StringRef &reason);

  /// Vectors between a panel's start and what tap `tap` of input channel `c` of a pass reads for the first output.
  int64_t getPlace(int64_t c, int64_t tap) const;
};

/// A filter without its zeros. An entry is a place with `shared` values, those of neighbouring output channels; entries
/// of a pass and of `shared` output channels follow each other. All three are flat.
struct SparseFilter {
  mlir::ElementsAttr values;
  mlir::ElementsAttr places; ///< in units of the tiling, 8 or 16 bits without a sign
  mlir::ElementsAttr starts; ///< i32: the first entry of each pass and `shared` output channels, and the end
  bool hasMask = false;      ///< places are a bit for every weight, in words of a vector
};

/// A constant of the bytes of `elements`.
template <typename T> mlir::ElementsAttr makeArray(llvm::ArrayRef<T> elements, mlir::Type type, llvm::StringRef name) {
  auto blob = mlir::HeapAsmResourceBlob::allocate(elements.size() * sizeof(T), 64, /*dataIsMutable=*/true);
  std::memcpy(blob.getMutableData().data(), elements.data(), elements.size() * sizeof(T));
  return makeConstant(mlir::RankedTensorType::get({static_cast<int64_t>(elements.size())}, type), std::move(blob),
                      name);
}

/// The numbers of `shape` that decide how it is cut.
SparseWindow getSparseWindow(const ConvolutionShape &shape);

/// Repeats the last place of a run, with values of zero that `addZero` appends, until all chains get as many.
void padEntries(const SparseTiling &tiling, std::vector<int64_t> &places, llvm::function_ref<void()> addZero);

/// The constants of entries.
template <typename T>
SparseFilter makeSparseFilter(llvm::ArrayRef<T> values, mlir::Type type, llvm::ArrayRef<int64_t> places,
                              llvm::ArrayRef<int32_t> starts, const SparseTiling &tiling) {
  mlir::Builder b(type.getContext());
  SparseFilter packed;
  packed.values = makeArray<T>(values, type, "sparse_values");
  if (tiling.hasShortPlaces())
    packed.places = makeArray<uint8_t>(llvm::to_vector_of<uint8_t>(places), b.getI8Type(), "sparse_places");
  else
    packed.places = makeArray<uint16_t>(llvm::to_vector_of<uint16_t>(places), b.getI16Type(), "sparse_places");
  packed.starts = makeArray<int32_t>(starts, b.getI32Type(), "sparse_starts");
  return packed;
}

/// The entries of a constant filter (M, C, spatial).
SparseFilter packSparseFilter(mlir::ElementsAttr filter, const SparsePlan &plan);

/// The type of a kernel `(input, values, places, starts, bias?, residual?, output)`.
mlir::FunctionType getSparseType(mlir::MLIRContext *context, const ConvolutionShape &shape, const SparseFilter &filter);

/// The kernel `(input, values, places, starts, bias?, residual?, output)` of one image.
mlir::func::FuncOp getSparseKernel(KernelContext &context, mlir::Location loc, const SparsePlan &plan,
                                   const SparseFilter &filter);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_SPARSEKERNEL_H
