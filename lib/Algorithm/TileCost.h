//===- TileCost.h - cycles of register tiles ---------*- C++ -*- ===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_ALGORITHM_TILECOST_H
#define WINNOW_LIB_ALGORITHM_TILECOST_H

#include "ConvolutionModel.h"

namespace winnow {

/// Cycles of one step of a tile of `pixels` by `registers` channel registers:
/// bound by the multiply-adds of the target, by two loads a cycle, or by the latency
/// of the multiply-add (4 cycles), as on x86 since 2015 and large ARM cores.
double getStepCycles(const TargetFacts &facts, int64_t pixels, int64_t registers);
/// The same of bytes: four input channels by the products of bytes of the target.
double getDotStepCycles(const TargetFacts &facts, int64_t pixels, int64_t registers);
using StepCost = llvm::function_ref<double(const TargetFacts &facts, int64_t pixels, int64_t registers)>;

/// Pixels of the largest tile of `registers` channel registers that the register file holds.
int64_t getMaxPixels(const TargetFacts &facts, int64_t registers);

/// Cycles that the filter takes to pass `passes` times from the last level cache, for filters that the second level
/// does not hold: what computes less waits for it.
double getStreamCycles(const ConvolutionProblem &problem, int64_t passes);
/// Cycles that bytes take which are read once, from the cache or the memory that holds them.
double getReadCycles(const TargetFacts &facts, double bytes);

/// The cheapest tile of `problem`; `flat` when rows of pixels may be joined. Tiles
/// that end with rows clip their taps; joined ones compute all. `getStep` gives the
/// cycles of a step where it has more to do.
/// Every tile that fits the register file is tried: pixels of a row are cut
/// evenly, output blocks that do not fill a group make a narrower one.
TileChoice chooseTile(const ConvolutionProblem &problem, bool flat, StepCost getStep);
TileChoice chooseTile(const ConvolutionProblem &problem, bool flat);

/// The cheapest register tile for the product of one point: `tiles` pixels of
/// all channels, cut evenly.
TileChoice chooseProductTile(const ConvolutionProblem &problem, int64_t tiles);

} // namespace winnow

#endif // WINNOW_LIB_ALGORITHM_TILECOST_H
