//===- SampleSet.cpp - samples of a network's inputs -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Data/SampleSet.h"

#include "SampleLoader.h"

namespace winnow {

llvm::Expected<SampleSet> SampleSet::load(llvm::ArrayRef<SampleInput> inputs, const SampleOptions &options,
                                          const Warn &warn, const Progress &progress) {
  return SampleLoader(options, warn, progress).load(inputs);
}

llvm::ArrayRef<float> SampleSet::get(size_t sample, size_t input) const {
  auto *data = reinterpret_cast<const float *>(memory->const_data());
  return {data + sample * sampleElements + offsets[input], elements[input]};
}

} // namespace winnow
