//===- NumberFormat.h - conversions between element types -------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_INTERPRETER_NUMBERFORMAT_H
#define WINNOW_LIB_INTERPRETER_NUMBERFORMAT_H

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace winnow {

/// A binary floating point number of 16 bits: one sign bit, `ExponentBits`,
/// and `MantissaBits` (IEEE 754 binary16, or bfloat16).
template <int ExponentBits, int MantissaBits> struct Float16 {
  static_assert(1 + ExponentBits + MantissaBits == 16, "16 bits in all");
  static constexpr int kBias = (1 << (ExponentBits - 1)) - 1;
  static constexpr uint32_t kInfinity = ((1u << ExponentBits) - 1) << MantissaBits;

  uint16_t bits = 0;

  double toDouble() const {
    int exponent = (bits & kInfinity) >> MantissaBits;
    int mantissa = bits & ((1 << MantissaBits) - 1);
    double magnitude;
    if (exponent == (1 << ExponentBits) - 1)
      magnitude = mantissa ? std::numeric_limits<double>::quiet_NaN() : std::numeric_limits<double>::infinity();
    else if (exponent == 0)
      magnitude = std::ldexp(mantissa, 1 - kBias - MantissaBits);
    else
      magnitude = std::ldexp(mantissa | (1 << MantissaBits), exponent - kBias - MantissaBits);
    return bits & 0x8000 ? -magnitude : magnitude;
  }

  /// Rounds to nearest, ties to even, in one step from double.
  static Float16 fromDouble(double value) {
    uint32_t sign = std::signbit(value) ? 0x8000 : 0;
    uint32_t magnitude = kInfinity;
    if (std::isnan(value)) {
      magnitude |= 1u << (MantissaBits - 1);
    } else if (!std::isinf(value)) {
      int exponent;
      std::frexp(value, &exponent);
      // Subnormal numbers share the smallest exponent.
      exponent = value == 0 ? 1 - kBias : std::max(exponent - 1, 1 - kBias);
      if (exponent <= kBias) {
        // A mantissa that rounds up to the next power of two carries into the exponent, up to infinity.
        auto rounded = static_cast<uint32_t>(std::nearbyint(std::ldexp(std::fabs(value), MantissaBits - exponent)));
        magnitude = (static_cast<uint32_t>(exponent + kBias - 1) << MantissaBits) + rounded;
      }
    }
    return {static_cast<uint16_t>(sign | magnitude)};
  }
};
using Half = Float16<5, 10>;
using BFloat = Float16<8, 7>;

/// The value of an element as a double (exact but for 64-bit integers).
template <typename T> double toDouble(T value) {
  if constexpr (std::is_arithmetic_v<T>)
    return static_cast<double>(value);
  else
    return value.toDouble();
}

/// `value` without its fraction, clamped to the range of `T`; NaN gives 0.
template <typename T> T saturate(double value) {
  if (std::isnan(value))
    return 0;
  // Limits that a double cannot hold (of 64 bits) round away from zero, hence `>=`.
  if (value >= static_cast<double>(std::numeric_limits<T>::max()))
    return std::numeric_limits<T>::max();
  if (value <= static_cast<double>(std::numeric_limits<T>::min()))
    return std::numeric_limits<T>::min();
  return static_cast<T>(value);
}

/// `value` as an element: floats round to nearest even, integers saturate, bools compare with zero.
template <typename T> T fromDouble(double value) {
  if constexpr (std::is_same_v<T, bool>)
    return value != 0;
  else if constexpr (std::is_integral_v<T>)
    return saturate<T>(value);
  else if constexpr (std::is_floating_point_v<T>)
    return static_cast<T>(value);
  else
    return T::fromDouble(value);
}

/// An integer as a float element, rounded once.
template <typename T> T fromInt(int64_t value) {
  if constexpr (std::is_floating_point_v<T>)
    return static_cast<T>(value);
  else
    return T::fromDouble(static_cast<double>(value));
}

} // namespace winnow

#endif // WINNOW_LIB_INTERPRETER_NUMBERFORMAT_H
