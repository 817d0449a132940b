//===- FourierTransform.cpp - straight code of small FFTs -----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FourierTransform.h"

#include "ContractionTile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <cmath>

using namespace mlir;

namespace winnow::kernel {

Value FourierTransform::add(Value a, Value b) {
  if (!a || !b)
    return a ? a : b;
  return arith::AddFOp::create(kb.builder, kb.loc, a, b);
}

Value FourierTransform::negate(Value a) { return a ? arith::NegFOp::create(kb.builder, kb.loc, a) : a; }

Value FourierTransform::subtract(Value a, Value b) {
  if (!a || !b)
    return a ? a : negate(b);
  return arith::SubFOp::create(kb.builder, kb.loc, a, b);
}

Value FourierTransform::scale(Value a, double factor) {
  return a ? arith::MulFOp::create(kb.builder, kb.loc, a, splat(kb, cast<VectorType>(a.getType()), factor)) : a;
}

Complex FourierTransform::turn(const Complex &a, int64_t k, int64_t n, int64_t sign) {
  if (k == 0)
    return a;
  if (4 * k == n)
    return sign > 0 ? Complex{negate(a.im), a.re} : Complex{a.im, negate(a.re)};
  double angle = 2 * M_PI * static_cast<double>(k) / static_cast<double>(n);
  double c = std::cos(angle), s = static_cast<double>(sign) * std::sin(angle);
  if (!a.im)
    return {scale(a.re, c), scale(a.re, s)};
  if (!a.re)
    return {scale(a.im, -s), scale(a.im, c)};
  auto type = cast<VectorType>(a.re.getType());
  return {multiplyAdd(kb, a.im, splat(kb, type, -s), scale(a.re, c), fma),
          multiplyAdd(kb, a.im, splat(kb, type, c), scale(a.re, s), fma)};
}

/// Every second element from `first` on.
template <typename T> static llvm::SmallVector<T> getEverySecond(llvm::ArrayRef<T> x, size_t first) {
  llvm::SmallVector<T> half;
  for (size_t i = first; i < x.size(); i += 2)
    half.push_back(x[i]);
  return half;
}

Complexes FourierTransform::transform(llvm::ArrayRef<Complex> x, int64_t sign) {
  int64_t n = x.size(), half = n / 2;
  if (n == 1)
    return Complexes(x);
  Complexes even = transform(getEverySecond(x, 0), sign), odd = transform(getEverySecond(x, 1), sign), result(n);
  for (int64_t k = 0; k < half; ++k) {
    Complex turned = turn(odd[k], k, n, sign);
    result[k] = add(even[k], turned);
    result[k + half] = subtract(even[k], turned);
  }
  return result;
}

Complexes FourierTransform::forwardReal(llvm::ArrayRef<Value> x) {
  int64_t n = x.size(), half = n / 2;
  if (n == 1)
    return {{x[0], {}}};
  Complexes even = forwardReal(getEverySecond(x, 0)), odd = forwardReal(getEverySecond(x, 1)), result(half + 1);
  for (int64_t k = 0; k <= half / 2; ++k) {
    Complex turned = turn(odd[k], k, n, -1);
    result[k] = add(even[k], turned);
    // X_n/2-k is the conjugate of X_n/2+k.
    if (2 * k != half)
      result[half - k] = conjugate(subtract(even[k], turned));
  }
  return result;
}

Values FourierTransform::inverseReal(llvm::ArrayRef<Complex> x, int64_t size) {
  if (size == 1)
    return {x[0].re};
  int64_t half = size / 2;
  // Twice the transforms of the even and the odd values, which is what a sum that is not scaled needs.
  Complexes even(half / 2 + 1), odd(half / 2 + 1);
  for (int64_t k = 0; k <= half / 2; ++k) {
    if (2 * k == half) { // mirrored onto itself
      even[k] = {add(x[k].re, x[k].re), {}};
      odd[k] = turn({{}, add(x[k].im, x[k].im)}, k, size, 1);
      continue;
    }
    Complex mirrored = conjugate(x[half - k]);
    even[k] = add(x[k], mirrored);
    odd[k] = turn(subtract(x[k], mirrored), k, size, 1);
  }
  Values evens = inverseReal(even, half), odds = inverseReal(odd, half), result;
  for (auto [a, b] : llvm::zip_equal(evens, odds))
    result.append({a, b});
  return result;
}

} // namespace winnow::kernel
