//===- ArenaPlan.cpp - offsets for buffers that live at different times===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Memory/ArenaPlan.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/MathExtras.h"

#include <algorithm>
#include <map>

namespace winnow {

static bool meet(const ArenaBuffer &a, const ArenaBuffer &b) {
  return a.firstUse <= b.lastUse && b.firstUse <= a.lastUse;
}

int64_t planArena(llvm::MutableArrayRef<ArenaBuffer> buffers) {
  llvm::SmallVector<ArenaBuffer *> order;
  for (ArenaBuffer &buffer : buffers)
    order.push_back(&buffer);
  // Ties by time, so that the plan does not depend on the order of the input.
  llvm::sort(order, [](const ArenaBuffer *a, const ArenaBuffer *b) {
    return std::make_tuple(-a->bytes, a->firstUse, a->lastUse) < std::make_tuple(-b->bytes, b->firstUse, b->lastUse);
  });

  int64_t total = 0;
  llvm::SmallVector<ArenaBuffer *> placed; // by rising offset
  for (ArenaBuffer *buffer : order) {
    int64_t offset = 0;
    for (ArenaBuffer *other : placed) {
      if (!meet(*buffer, *other))
        continue;
      if (offset + buffer->bytes <= other->offset)
        break;
      offset = std::max<int64_t>(offset, llvm::alignTo(other->offset + other->bytes, kArenaAlignment));
    }
    buffer->offset = offset;
    placed.insert(
        llvm::upper_bound(placed, buffer, [](ArenaBuffer *a, ArenaBuffer *b) { return a->offset < b->offset; }),
        buffer);
    total = std::max<int64_t>(total, llvm::alignTo(offset + buffer->bytes, kArenaAlignment));
  }
  return total;
}

int64_t getArenaLowerBound(llvm::ArrayRef<ArenaBuffer> buffers) {
  std::map<int64_t, int64_t> change;
  for (const ArenaBuffer &buffer : buffers) {
    change[buffer.firstUse] += buffer.bytes;
    change[buffer.lastUse + 1] -= buffer.bytes;
  }
  int64_t live = 0, most = 0;
  for (auto [time, bytes] : change)
    most = std::max(most, live += bytes);
  return most;
}

} // namespace winnow
