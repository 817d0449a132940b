//===- PackedWords.cpp - integers of few bits in words --------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PackedGemv.h"

#include "winnow/Support/ConstantData.h"

using namespace mlir;

namespace winnow::kernel {

std::string PackedWords::getName() const {
  return "w" + std::to_string(bits) + "_" + std::to_string(rows) + "x" + std::to_string(columns) + "_g" +
         std::to_string(group) + "_b" + std::to_string(block);
}

template <typename T> static ElementsAttr makeVector(MLIRContext *context, Type type, const std::vector<T> &values) {
  return makeConstant(RankedTensorType::get({static_cast<int64_t>(values.size())}, type),
                      {reinterpret_cast<const char *>(values.data()), values.size() * sizeof(T)});
}

ElementsAttr packWords(const cnn::PackedFilter &filter, const PackedWords &words) {
  std::vector<uint32_t> packed(words.getBlocks() * words.getBlockWords() * words.block, 0);
  uint32_t mask = static_cast<uint32_t>((1ULL << words.bits) - 1);
  cnn::forEachByte(filter.integers, [&](int64_t index, int64_t integer) {
    int64_t m = index / words.columns, c = index % words.columns, inGroup = c % words.group;
    int64_t word = c / words.group * words.getGroupWords() + inGroup / words.getPerWord();
    uint32_t &to = packed[(m / words.block * words.getBlockWords() + word) * words.block + m % words.block];
    auto bits = static_cast<uint32_t>(integer - filter.zero) & mask;
    to |= bits << (inGroup % words.getPerWord() * words.bits);
  });
  MLIRContext *context = filter.integers.getContext();
  return makeVector(context, IntegerType::get(context, 32), packed);
}

ElementsAttr packScales(const cnn::PackedFilter &filter, const PackedWords &words) {
  SmallVector<double> scales = getConstantDoubles(filter.scales);
  std::vector<float> packed(words.getBlocks() * words.getGroups() * words.block, 0.0f);
  for (int64_t m = 0; m < words.rows; ++m)
    for (int64_t g = 0; g < words.getGroups(); ++g)
      packed[(m / words.block * words.getGroups() + g) * words.block + m % words.block] =
          static_cast<float>(scales[m * words.getGroups() + g]);
  MLIRContext *context = filter.integers.getContext();
  return makeVector(context, Float32Type::get(context), packed);
}

} // namespace winnow::kernel
