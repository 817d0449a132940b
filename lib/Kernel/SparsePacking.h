//===- SparsePacking.h - filters without their zeros ------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_KERNEL_SPARSEPACKING_H
#define WINNOW_LIB_KERNEL_SPARSEPACKING_H

#include "SparseKernel.h"

#include <numeric>
#include <vector>

namespace winnow::kernel {

/// Brings the values of a filter into the order in which register tiles read them: weights, or words of several.
template <typename T> class SparsePacking {
public:
  using ValueFn = llvm::function_ref<T(int64_t m, int64_t c, int64_t tap)>;

  /// `get` returns the value of an output channel, for every `step`th input channel of the tiling and a tap.
  SparsePacking(const SparsePlan &plan, int64_t step, ValueFn get)
      : plan(plan), tiling(plan.tiling), step(step), get(get) {}

  /// The filter, with values of `type`.
  SparseFilter pack(mlir::Type type) {
    for (int64_t first = 0; first < tiling.window.inChannels; first += tiling.channels)
      // Of a single pass, groups are of no matter.
      for (int64_t block = 0, size = tiling.getSumBlocks(); block < tiling.getOutBlocks(); block += size)
        packRuns(first, block * tiling.vector, std::min(tiling.getOutBlocks(), block + size) * tiling.vector);
    // Of a filter of zeros, one entry that nobody reads.
    if (words.empty()) {
      words.push_back(0);
      values.resize(tiling.beside * tiling.shared);
    }
    mlir::Builder b(type.getContext());
    SparseFilter packed;
    packed.values = makeArray<T>(values, type, "sparse_values");
    int64_t bits = tiling.getPlaceBits() * tiling.beside;
    packed.places = bits == 8    ? makeWords<uint8_t>(b)
                    : bits == 16 ? makeWords<uint16_t>(b)
                    : bits == 32 ? makeWords<uint32_t>(b)
                                 : makeWords<uint64_t>(b);
    packed.starts = makeArray<int32_t>(starts, b.getI32Type(), "sparse_starts");
    packed.slots = makeArray<int16_t>(slots, b.getI16Type(), "sparse_slots");
    return packed;
  }

private:
  /// The entries of `shared` output channels.
  struct Entries {
    std::vector<int64_t> places;
    std::vector<T> values;
  };

  T at(int64_t m, int64_t c, int64_t k) const { return m < tiling.window.outChannels ? get(m, c / step, k) : T(); }

  /// Those of output channel `m` in the pass from input channel `first` on.
  Entries getEntries(int64_t first, int64_t m) const {
    Entries entries;
    for (int64_t c = first; c < std::min(tiling.window.inChannels, first + tiling.channels); c += step)
      for (int64_t k = 0; k < plan.shape.window.getNumTaps(); ++k) {
        bool isZero = true;
        for (int64_t s = 0; s < tiling.shared; ++s)
          isZero &= at(m + s, c, k) == 0;
        if (isZero)
          continue;
        entries.places.push_back(plan.getPlace(c - first, k) / tiling.getPlaceUnit());
        for (int64_t s = 0; s < tiling.shared; ++s)
          entries.values.push_back(at(m + s, c, k));
      }
    return entries;
  }

  /// Output channels [from, to), whose sums are kept together: those of a run have about as many entries.
  void packRuns(int64_t first, int64_t from, int64_t to) {
    std::vector<Entries> all;
    for (int64_t m = from; m < to; m += tiling.shared)
      all.push_back(getEntries(first, m));
    std::vector<int16_t> order(all.size());
    std::iota(order.begin(), order.end(), 0);
    if (tiling.beside > 1)
      llvm::sort(order, [&](int16_t a, int16_t b) {
        size_t first = all[a].places.size(), second = all[b].places.size();
        return first != second ? first > second : a < b;
      });
    for (size_t run = 0; run < order.size(); run += tiling.beside) {
      auto members = llvm::ArrayRef(order).slice(run, tiling.beside);
      for (size_t n = 0; n < all[members.front()].places.size(); ++n)
        packEntry(all, members, n);
      starts.push_back(static_cast<int32_t>(words.size()));
      llvm::append_range(slots, members);
    }
  }

  /// Entry `n` of all members of a run; of those that have fewer, a weight of zero for a number that is there.
  void packEntry(const std::vector<Entries> &all, llvm::ArrayRef<int16_t> members, size_t n) {
    uint64_t word = 0;
    for (auto [q, member] : llvm::enumerate(members)) {
      const Entries &entries = all[member];
      bool exists = n < entries.places.size();
      int64_t place = exists ? entries.places[n] : entries.places.empty() ? 0 : entries.places.back();
      word |= static_cast<uint64_t>(place) << (tiling.getPlaceBits() * q);
      for (int64_t s = 0; s < tiling.shared; ++s)
        values.push_back(exists ? entries.values[n * tiling.shared + s] : T());
    }
    words.push_back(word);
  }

  /// A constant of the lowest bits of the words.
  template <typename Word> mlir::ElementsAttr makeWords(mlir::Builder &b) const {
    return makeArray<Word>(llvm::to_vector_of<Word>(words), b.getIntegerType(sizeof(Word) * 8), "sparse_places");
  }

  const SparsePlan &plan;
  const SparseTiling &tiling;
  int64_t step;
  ValueFn get;
  std::vector<T> values;
  std::vector<uint64_t> words;
  std::vector<int32_t> starts{0};
  std::vector<int16_t> slots;
};

} // namespace winnow::kernel

#endif // WINNOW_LIB_KERNEL_SPARSEPACKING_H
