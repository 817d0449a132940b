//===- SampleLoader.h - fills a sample set -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_DATA_SAMPLELOADER_H
#define WINNOW_LIB_DATA_SAMPLELOADER_H

#include "winnow/Data/SampleSet.h"

namespace winnow {

/// Reads the samples of one set.
class SampleLoader {
public:
  SampleLoader(const SampleOptions &options, const SampleSet::Warn &warn, const SampleSet::Progress &progress)
      : options(options), warn(warn), progress(progress) {}

  llvm::Expected<SampleSet> load(llvm::ArrayRef<SampleInput> inputs);

private:
  llvm::Error loadPictures();
  llvm::Error loadArrays();
  llvm::Error loadArray(const class NpzFile &archive, size_t input);
  llvm::Error loadPictureLabels();
  llvm::Error loadArrayLabels();
  /// Takes `options.maxSamples` of `available` and makes room for them.
  llvm::Error allocate(size_t available);
  llvm::Error check();

  llvm::Error fail(const llvm::Twine &message) const { return llvm::createStringError(options.path + ": " + message); }
  llvm::MutableArrayRef<float> getStorage(size_t sample, size_t input);

  const SampleOptions &options;
  const SampleSet::Warn &warn;
  const SampleSet::Progress &progress;
  SampleSet set;
  size_t available = 0;
  std::vector<size_t> chosen;         ///< which of those available, ascending
  std::vector<std::string> fileNames; ///< of the chosen pictures
};

} // namespace winnow

#endif // WINNOW_LIB_DATA_SAMPLELOADER_H
