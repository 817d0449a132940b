//===- WindowTiling.cpp - tiles of a sliding window, without padding ------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WindowTiling.h"

namespace winnow::kernel {

/// Border spans beyond this number are not worth their code.
static constexpr int64_t kMaxBorderSpans = 6;

TapRange getTapsAt(KernelBuilder &kb, const WindowShape &window, int64_t dim, mlir::Value at) {
  int64_t pad = window.pad[dim], dilation = window.dilation[dim], kernel = window.kernel[dim];
  if (window.isInterior(dim))
    return {kb.index(0), kb.index(kernel), {true}};
  mlir::Value start = kb.mul(at, window.stride[dim]);
  // Taps before the input: those with k * dilation < pad - start; behind it: k * dilation >= in + pad - start.
  auto count = [&](int64_t limit) {
    return kb.div(kb.add(kb.max(kb.sub(kb.index(limit), start), kb.index(0)), dilation - 1), dilation);
  };
  mlir::Value first = pad > 0 ? count(pad) : kb.index(0);
  return {first, kb.min(count(window.in[dim] + pad), kb.index(kernel)), {true}};
}

/// Groups the taps of the positions [start, start + count) by which of them are inside.
static llvm::SmallVector<TapRange> getStaticTaps(KernelBuilder &kb, const WindowShape &window, int64_t dim,
                                                 int64_t start, int64_t count) {
  llvm::SmallVector<TapRange> ranges;
  int64_t end = -1;
  for (int64_t k = 0; k < window.kernel[dim]; ++k) {
    llvm::SmallVector<bool> inside;
    for (int64_t i = 0; i < count; ++i)
      inside.push_back(window.isInside(dim, start + i, k));
    if (llvm::none_of(inside, [](bool flag) { return flag; }))
      continue;
    if (end == k && ranges.back().inside == inside)
      ranges.back().end = kb.index(k + 1);
    else
      ranges.push_back({kb.index(k), kb.index(k + 1), inside});
    end = k + 1;
  }
  return ranges;
}

namespace {
/// A span before it is emitted.
struct Piece {
  int64_t start, count;
  bool interior;
};
} // namespace

/// Cuts [begin, end) into equal pieces of at most `size`.
static void cut(const WindowShape &window, int64_t dim, int64_t begin, int64_t end, int64_t size,
                llvm::SmallVectorImpl<Piece> &pieces) {
  int64_t total = end - begin, n = (total + size - 1) / size;
  for (int64_t i = 0, at = begin; i < n; ++i) {
    int64_t count = total / n + (i < total % n);
    pieces.push_back({at, count, window.isInterior(dim, at, at + count - 1)});
    at += count;
  }
}

/// A loop over positions of dimension `dim`, along `axis` if that has a name.
static void emitLoop(KernelBuilder &kb, const WindowShape &window, int64_t dim, int64_t begin, int64_t end,
                     int64_t step, llvm::StringRef axis, llvm::function_ref<void(mlir::Value at)> body) {
  if (axis.empty())
    return kb.loop(begin, end, step, body);
  if (begin < end)
    kb.split(axis, window.out[dim], kb.index(begin), kb.index(end), step, body);
}

/// Positions [begin, end) one by one, their taps found at run time.
static void emitSingles(KernelBuilder &kb, const WindowShape &window, int64_t dim, int64_t begin, int64_t end,
                        llvm::function_ref<void(const TileSpan &)> body, llvm::StringRef axis) {
  emitLoop(kb, window, dim, begin, end, 1, axis,
           [&](mlir::Value at) { body({at, 1, {getTapsAt(kb, window, dim, at)}}); });
}

/// Emits pieces, runs of equal interior ones as a loop.
static void emitPieces(KernelBuilder &kb, const WindowShape &window, int64_t dim, llvm::ArrayRef<Piece> pieces,
                       llvm::function_ref<void(const TileSpan &)> body, llvm::StringRef axis) {
  for (size_t i = 0; i < pieces.size();) {
    const Piece &piece = pieces[i];
    size_t last = i + 1;
    if (!piece.interior) {
      emitLoop(kb, window, dim, piece.start, piece.start + piece.count, piece.count, axis, [&](mlir::Value) {
        body({kb.index(piece.start), piece.count, getStaticTaps(kb, window, dim, piece.start, piece.count)});
      });
    } else {
      while (last < pieces.size() && pieces[last].interior && pieces[last].count == piece.count)
        ++last;
      TapRange all{kb.index(0), kb.index(window.kernel[dim]), llvm::SmallVector<bool>(piece.count, true)};
      emitLoop(kb, window, dim, piece.start, pieces[last - 1].start + piece.count, piece.count, axis,
               [&](mlir::Value at) { body({at, piece.count, {all}}); });
    }
    i = last;
  }
}

void forEachSpan(KernelBuilder &kb, const WindowShape &window, int64_t dim, int64_t size,
                 llvm::function_ref<void(const TileSpan &)> body, llvm::StringRef axis) {
  int64_t total = window.out[dim];
  llvm::SmallVector<Piece> pieces;
  cut(window, dim, 0, total, size, pieces);
  if (llvm::count_if(pieces, [](const Piece &piece) { return !piece.interior; }) <= kMaxBorderSpans)
    return emitPieces(kb, window, dim, pieces, body, axis);

  int64_t begin = 0, end = total;
  while (begin < total && !window.isInterior(dim, begin, begin))
    ++begin;
  while (end > begin && !window.isInterior(dim, end - 1, end - 1))
    --end;
  pieces.clear();
  cut(window, dim, begin, end, size, pieces);
  emitSingles(kb, window, dim, 0, begin, body, axis);
  emitPieces(kb, window, dim, pieces, body, axis);
  emitSingles(kb, window, dim, end, total, body, axis);
}

} // namespace winnow::kernel
