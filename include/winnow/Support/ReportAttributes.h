//===- ReportAttributes.h - what passes leave for a report ------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_SUPPORT_REPORTATTRIBUTES_H
#define WINNOW_SUPPORT_REPORTATTRIBUTES_H

#include "llvm/ADT/StringRef.h"

namespace winnow {

/// Discardable attributes that only reports read: no pass decides by them, and
/// code is the same without. Passes write them where their option `explain` asks.

/// Of a convolution, a dictionary by algorithm: an i64 is the cycles that its
/// model predicts, a string the reason why it is not legal.
inline constexpr llvm::StringLiteral kPredictedAttr = "winnow.predicted";
/// Of a convolution, a dictionary by algorithm: f64 microseconds as measured.
inline constexpr llvm::StringLiteral kMeasuredAttr = "winnow.measured";
/// Of a convolution that is computed without the zeros of its filter: `#cnn.sparse<...>`, how that is stored.
inline constexpr llvm::StringLiteral kSparseAttr = "winnow.sparse";
/// Of @main: an array of dictionaries, one for each buffer of the arena: `name` of
/// the node, `offset` and `bytes`, `first` and `last` step that uses it;
/// `per_sample` where offset and bytes are those of one sample, `inside` where it
/// lies within another buffer.
inline constexpr llvm::StringLiteral kArenaPlanAttr = "winnow.arena_plan";
/// Of @main: the names of the nodes of all steps, in the order in which they run.
inline constexpr llvm::StringLiteral kArenaStepsAttr = "winnow.arena_steps";

} // namespace winnow

#endif // WINNOW_SUPPORT_REPORTATTRIBUTES_H
