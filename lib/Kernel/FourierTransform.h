//===- FourierTransform.h - straight code of small FFTs ---------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Transforms of a power of two values (scalars or vectors, one transform a lane)
// as straight code, by decimation in time: X_k = E_k + w^k O_k and
// X_k+n/2 = E_k - w^k O_k with the transforms E and O of the even and the odd
// values (Cooley and Tukey, 1965). Signals are real outside, so that X_n-k is
// the conjugate of X_k and only X_0 ... X_n/2 are computed (Sorensen et al.,
// Real-Valued Fast Fourier Transform Algorithms, 1987). Nothing is scaled.
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_FOURIERTRANSFORM_H
#define WINNOW_LIB_KERNEL_FOURIERTRANSFORM_H

#include "KernelBuilder.h"

namespace winnow::kernel {

/// A complex value; a part that is null is zero.
struct Complex {
  mlir::Value re, im;
};
using Complexes = llvm::SmallVector<Complex>;

class FourierTransform {
public:
  FourierTransform(KernelBuilder &kb, bool fma) : kb(kb), fma(fma) {}

  /// X_k = sum of x_j e^(-2 pi i j k / n).
  Complexes forward(llvm::ArrayRef<Complex> x) { return transform(x, -1); }
  /// The same of real values, k = 0 ... n/2.
  Complexes forwardReal(llvm::ArrayRef<mlir::Value> x);
  /// x_j = sum of X_k e^(2 pi i j k / n).
  Complexes inverse(llvm::ArrayRef<Complex> x) { return transform(x, 1); }
  /// The same where x is real, from X_0 ... X_n/2; `size` is n.
  Values inverseReal(llvm::ArrayRef<Complex> x, int64_t size);

  /// a + b and a - b.
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value subtract(mlir::Value a, mlir::Value b);
  Complex add(const Complex &a, const Complex &b) { return {add(a.re, b.re), add(a.im, b.im)}; }
  Complex subtract(const Complex &a, const Complex &b) { return {subtract(a.re, b.re), subtract(a.im, b.im)}; }

private:
  Complexes transform(llvm::ArrayRef<Complex> x, int64_t sign);
  mlir::Value negate(mlir::Value a);
  mlir::Value scale(mlir::Value a, double factor);
  Complex conjugate(const Complex &a) { return {a.re, negate(a.im)}; }
  /// a e^(sign 2 pi i k / n)
  Complex turn(const Complex &a, int64_t k, int64_t n, int64_t sign);

  KernelBuilder &kb;
  bool fma;
};

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_FOURIERTRANSFORM_H
