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

/// A filter without its zeros. An entry is `beside` places with `shared` values each, those of neighbouring output
/// channels. A run is all entries of a pass that one register tile adds up: its channels are those of the same sums
/// that have about as many weights, the shorter ones of them end with weights of zero. All parts are flat.
struct SparseFilter {
  mlir::ElementsAttr values;
  mlir::ElementsAttr places; ///< in units of the tiling, 8 or 16 bits without a sign, those of an entry in one word
  mlir::ElementsAttr starts; ///< i32: the first entry of each run, and the end
  mlir::ElementsAttr slots;  ///< i16: where the sums of a run lie, in `shared` channels; null where in order
  bool hasMask = false;      ///< places are a bit for every weight, in words of a vector

  /// The parts that there are, in the order in which kernels take them.
  llvm::SmallVector<mlir::ElementsAttr> getParts() const;
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

/// The places of the channels of entry `n`, in elements of a panel whose vectors have `size` of them.
Values loadPlaces(KernelBuilder &kb, const SparseTiling &tiling, mlir::Value places, mlir::Value n, int64_t size);

/// The entries of a constant filter (M, C, spatial).
SparseFilter packSparseFilter(mlir::ElementsAttr filter, const SparsePlan &plan);

/// The type of a kernel `(input, values, places, starts, slots?, bias?, residual?, output)`.
mlir::FunctionType getSparseType(mlir::MLIRContext *context, const ConvolutionShape &shape, const SparseFilter &filter);

/// The kernel `(input, values, places, starts, slots, bias?, residual?, output)` of one image.
mlir::func::FuncOp getSparseKernel(KernelContext &context, mlir::Location loc, const SparsePlan &plan,
                                   const SparseFilter &filter);

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_SPARSEKERNEL_H
