//===- RowWindow.cpp - windows over rows, lanes are channels --------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowWindow.h"

#include "Axis.h"
#include "ContractionTile.h"

using namespace mlir;

namespace winnow::kernel {

/// Rows of the window with more taps are a loop instead of straight code.
static constexpr int64_t kMaxStraightTaps = 16;

void RowWindow::emit() {
  kb.split(kChannelAxis, blocks, kb.index(0), kb.index(blocks), 1, [&](Value block) {
    kb.loop(0, window.out[0], 1, [&](Value plane) {
      kb.split(kRowAxis, window.out[1], kb.index(0), kb.index(window.out[1]), 1,
               [&](Value row) { emitRow(block, plane, row); });
    });
  });
}

void RowWindow::emitRow(Value block, Value plane, Value row) {
  TapRange planeTaps = getTapsAt(kb, window, 0, plane), rowTaps = getTapsAt(kb, window, 1, row);
  forEachSpan(kb, window, 2, pixels,
              [&](const TileSpan &columns) { emitTile({block, plane, row, &columns, &planeTaps, &rowTaps, {}}); });
}

Values RowWindow::reduceRows(const Tile &tile, ValueRange carried,
                             llvm::function_ref<Values(Value, Value, ValueRange)> body) {
  int64_t rowSize = window.in[2] * lanes, planeSize = window.in[1] * rowSize;
  int64_t origin = -(window.pad[0] * planeSize + window.pad[1] * rowSize + window.pad[2] * lanes);
  Value column = kb.mul(tile.columns->start, window.stride[2] * lanes), x;
  if (!locateRow) {
    x = kb.add(kb.mul(tile.block, window.in[0] * planeSize), kb.mul(tile.plane, window.stride[0] * planeSize));
    x = kb.add(x, kb.mul(tile.row, window.stride[1] * rowSize));
    x = kb.add(kb.add(x, column), origin);
  }
  const TapRange &planes = *tile.planeTaps, &rows = *tile.rowTaps;
  return kb.loop(planes.first, planes.end, 1, carried, [&](Value kd, ValueRange carried) {
    return kb.loop(rows.first, rows.end, 1, carried, [&](Value kh, ValueRange carried) {
      Value tap = kb.mul(kb.add(kb.mul(kd, window.kernel[1]), kh), window.kernel[2]);
      if (locateRow)
        return body(kb.add(kb.add(locateRow(tile, kh), column), -window.pad[2] * lanes), tap, carried);
      Value at = kb.add(x, kb.mul(kd, window.dilation[0] * planeSize));
      return body(kb.add(at, kb.mul(kh, window.dilation[1] * rowSize)), tap, carried);
    });
  });
}

bool RowWindow::hasKnownTaps(const Tile &tile) const {
  return window.kernel[2] <= kMaxStraightTaps && llvm::all_of(tile.columns->taps, [](const TapRange &taps) {
           return KernelBuilder::getConstant(taps.first) && KernelBuilder::getConstant(taps.end);
         });
}

RowWindow::Uses RowWindow::getUses(const Tile &tile) const {
  Uses uses;
  for (const TapRange &taps : tile.columns->taps)
    for (int64_t kw = *KernelBuilder::getConstant(taps.first); kw < *KernelBuilder::getConstant(taps.end); ++kw)
      for (int64_t p = 0; p < tile.columns->count; ++p)
        if (taps.inside[p])
          uses[p * window.stride[2] + kw * window.dilation[2]].push_back({p, kw});
  return uses;
}

void RowWindow::emitTile(Tile tile) {
  Values accumulators;
  if (join && hasKnownTaps(tile))
    accumulators = reduceColumnsFirst(tile);
  else
    accumulators = reduceRows(tile, initialize(tile.block, tile.columns->count),
                              [&](Value x, Value tap, ValueRange carried) { return emitTaps(tile, x, tap, carried); });
  if (locateOutput) {
    tile.output = locateOutput(tile);
  } else {
    Value y = kb.add(kb.mul(tile.block, window.out[0]), tile.plane);
    y = kb.add(kb.mul(kb.add(kb.mul(y, window.out[1]), tile.row), window.out[2]), tile.columns->start);
    tile.output = kb.mul(y, lanes);
  }
  finish(tile, accumulators);
}

Value RowWindow::load(Value position) const {
  return isStoredType ? loadStored(kb, input, position, lanes) : loadVector(kb, input, position, lanes);
}

Values RowWindow::reduceColumnsFirst(const Tile &tile) {
  Uses uses = getUses(tile);
  Values columns = reduceRows(tile, initialize(tile.block, uses.size()), [&](Value x, Value, ValueRange carried) {
    Values next;
    for (auto [use, column] : llvm::zip_equal(uses, carried))
      next.push_back(combine(column, load(kb.add(x, use.first * lanes)), Value()));
    return next;
  });
  Values joined(tile.columns->count);
  for (auto [use, column] : llvm::zip_equal(uses, columns))
    for (auto [p, kw] : use.second)
      joined[p] = joined[p] ? join(joined[p], column) : column;
  for (Value &value : joined)
    if (!value)
      value = initialize(tile.block, 1).front();
  return joined;
}

Values RowWindow::emitTapLoop(const Tile &tile, Value x, Value tap, ValueRange carried) {
  Values values(carried.begin(), carried.end());
  for (const TapRange &taps : tile.columns->taps)
    values = kb.loop(taps.first, taps.end, 1, values, [&](Value kw, ValueRange carried) {
      Values next(carried.begin(), carried.end());
      Value shared = loadTap ? loadTap(tile.block, kb.add(tap, kw)) : Value();
      Value at = kb.add(x, kb.mul(kw, window.dilation[2] * lanes));
      for (int64_t p = 0; p < tile.columns->count; ++p)
        if (taps.inside[p])
          next[p] = combine(next[p], load(kb.add(at, p * window.stride[2] * lanes)), shared);
      return next;
    });
  return values;
}

Values RowWindow::emitTaps(const Tile &tile, Value x, Value tap, ValueRange carried) {
  if (!hasKnownTaps(tile))
    return emitTapLoop(tile, x, tap, carried);

  // Straight code, ordered by input position, so that each vector is loaded once.
  Values values(carried.begin(), carried.end());
  llvm::SmallVector<Value> shared(window.kernel[2]);
  Uses uses = getUses(tile);
  for (auto &[position, pairs] : uses) {
    Value element = load(kb.add(x, position * lanes));
    for (auto [p, kw] : pairs) {
      if (loadTap && !shared[kw])
        shared[kw] = loadTap(tile.block, kb.add(tap, kw));
      values[p] = combine(values[p], element, shared[kw]);
    }
  }
  return values;
}

} // namespace winnow::kernel
