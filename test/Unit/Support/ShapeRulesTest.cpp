//===- ShapeRulesTest.cpp - shape rules against counting by hand ----------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Support/ShapeRules.h"

#include "gtest/gtest.h"

using namespace mlir;
using namespace winnow;

namespace {

constexpr int64_t kDyn = ShapedType::kDynamic;
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

/// Takes reports silently.
LogicalResult ignore(const llvm::Twine &) { return failure(); }

/// The shape in text, or `failed`.
std::string text(FailureOr<Shape> shape) { return failed(shape) ? "failed" : shapeToString(*shape); }

/// Windows placed one by one: each starts within the input and its begin
/// padding (with `ceilMode` its end may lie beyond the end padding).
int64_t countWindows(int64_t in, const Window &window) {
  int64_t padded = in + window.padBegin + window.padEnd, span = window.dilation * (window.extent - 1) + 1;
  int64_t count = 0;
  for (int64_t start = 0;; start += window.stride, ++count) {
    bool whole = start + span <= padded;
    bool partial = window.ceilMode && start - window.stride + span < padded && start < in + window.padBegin;
    if (!whole && !partial)
      return count;
  }
}

TEST(Window, OutputExtentsAreTheNumberOfWindows) {
  for (int64_t in = 1; in < 12; ++in)
    for (int64_t extent = 1; extent < 5; ++extent)
      for (int64_t stride = 1; stride < 5; ++stride)
        for (int64_t dilation = 1; dilation < 3; ++dilation)
          for (int64_t pads = 0; pads < 9; ++pads)
            for (bool ceilMode : {false, true}) {
              Window window{extent, stride, dilation, pads % 3, pads / 3, ceilMode};
              FailureOr<int64_t> out = getWindowOutput(in, window, ignore);
              // A window that never fits whole is an error without ceil_mode.
              int64_t expected = countWindows(in, window);
              if (!ceilMode)
                EXPECT_EQ(succeeded(out), expected > 0);
              if (succeeded(out) && in + window.padBegin + window.padEnd > dilation * (extent - 1))
                EXPECT_EQ(*out, expected) << in << " " << extent << " " << stride << " " << dilation << " " << pads;
            }
}

TEST(Window, SamePadsGiveOneWindowForEachStep) {
  for (int64_t in = 1; in < 12; ++in)
    for (int64_t extent = 1; extent < 6; ++extent)
      for (int64_t stride = 1; stride < 5; ++stride) {
        Window window{extent, stride};
        auto upper = getSamePads(in, window, true), lower = getSamePads(in, window, false);
        ASSERT_TRUE(upper && lower);
        EXPECT_EQ(upper->first, lower->second);
        EXPECT_EQ(upper->second, lower->first);
        EXPECT_LE(upper->first, upper->second);
        std::tie(window.padBegin, window.padEnd) = *upper;
        EXPECT_EQ(*getWindowOutput(in, window, ignore), (in + stride - 1) / stride);
      }
}

TEST(Window, DynamicExtents) {
  EXPECT_EQ(*getWindowOutput(kDyn, {3, 2}, ignore), kDyn);
  EXPECT_EQ(*getTransposedOutput(kDyn, {3, 2}, 0, ignore), kDyn);
  EXPECT_FALSE(getSamePads(kDyn, {3, 2}, true));
  EXPECT_EQ(*getSamePads(kDyn, {4, 1}, true), std::make_pair(int64_t(1), int64_t(2)));
}

TEST(Window, RefusesWhatOverflows) {
  EXPECT_TRUE(failed(getWindowOutput(kMax, {1, 1, 1, 1, 0}, ignore)));
  EXPECT_TRUE(failed(getWindowOutput(kDyn, {kMax, 1, 2}, ignore)));
  EXPECT_TRUE(failed(getTransposedOutput(kMax, {1, 2}, 0, ignore)));
  EXPECT_TRUE(failed(getTransposedOutput(1, {1, 1, 1, 1, 1}, 0, ignore)));
}

TEST(Broadcast, DynamicExtentsTakeWhatIsKnown) {
  EXPECT_EQ(text(broadcastShapes({2, 1, 4}, {3, 1}, ignore)), "2x3x4");
  EXPECT_EQ(text(broadcastShapes({kDyn, 4}, {8, 1}, ignore)), "8x4");
  EXPECT_EQ(text(broadcastShapes({kDyn}, {1}, ignore)), "?");
  EXPECT_EQ(text(broadcastShapes({0}, {1}, ignore)), "0");
  EXPECT_EQ(text(broadcastShapes({2}, {3}, ignore)), "failed");
  EXPECT_TRUE(broadcastsTo({3, 1}, {2, 3, 4}));
  EXPECT_FALSE(broadcastsTo({2, 3, 4}, {3, 4}));
}

TEST(Slice, AgreesWithWalking) {
  for (int64_t extent = 0; extent < 6; ++extent)
    for (int64_t start = -8; start < 9; ++start)
      for (int64_t end = -8; end < 9; ++end)
        for (int64_t step : {-3, -2, -1, 1, 2, 3}) {
          // ONNX Slice: negative bounds count from the end, then both are clamped.
          int64_t low = step > 0 ? 0 : -1, high = step > 0 ? extent : extent - 1;
          int64_t first = std::max(low, std::min(start < 0 ? start + extent : start, high));
          int64_t last = std::max(low, std::min(end < 0 ? end + extent : end, high));
          int64_t count = 0;
          for (int64_t i = first; i >= 0 && i < extent && (step > 0 ? i < last : i > last); i += step)
            ++count;
          SliceRange range = normalizeSlice(extent, start, end, step);
          EXPECT_EQ(range.count, count) << extent << " " << start << " " << end << " " << step;
          if (count > 0)
            EXPECT_EQ(range.start, first);
        }
}

TEST(Reshape, FollowsOnnx) {
  EXPECT_EQ(text(getReshapeShape({2, 3, 4}, {0, -1}, false, ignore)), "2x12");
  EXPECT_EQ(text(getReshapeShape({kDyn, 3, 4}, {0, -1}, false, ignore)), "?x12");
  EXPECT_EQ(text(getReshapeShape({kDyn, 3, 4}, {-1, 4}, false, ignore)), "?x4");
  EXPECT_EQ(text(getReshapeShape({0, 3}, {0, 3}, true, ignore)), "0x3");
  EXPECT_EQ(text(getReshapeShape({2, 3}, {4, -1}, false, ignore)), "failed");
  EXPECT_EQ(text(getReshapeShape({2, 3}, {-1, -1}, false, ignore)), "failed");
  EXPECT_EQ(text(getReshapeShape({2, 3}, {2, 3, 0}, false, ignore)), "failed");
}

TEST(Count, KnowsItsLimits) {
  EXPECT_EQ(countElements({}), 1);
  EXPECT_EQ(countElements({kMax, kMax, 0}), 0);
  EXPECT_EQ(countElements({kMax, 2}), std::nullopt);
  EXPECT_EQ(countElements({kDyn, 2}), std::nullopt);
  EXPECT_TRUE(fitsInMemory({kDyn, 1 << 20, 1 << 20}));
  EXPECT_FALSE(fitsInMemory({kDyn, kMax / 8}));
}

TEST(Einsum, Labels) {
  FailureOr<EinsumEquation> equation = parseEinsum("...ij,jk", {3, 2}, ignore);
  ASSERT_TRUE(succeeded(equation));
  EXPECT_EQ(equation->inputs[0], (SmallVector<int>{-1, 'i', 'j'}));
  EXPECT_EQ(equation->output, (SmallVector<int>{-1, 'i', 'k'}));
  EXPECT_EQ(text(getEinsumShape(*equation, {{7, 2, 3}, {3, 4}}, ignore)), "7x2x4");
  EXPECT_TRUE(failed(getEinsumShape(*equation, {{7, 2, 3}, {5, 4}}, ignore)));
}

} // namespace
