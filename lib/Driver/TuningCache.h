//===- TuningCache.h - measured times of algorithms -------------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_LIB_DRIVER_TUNINGCACHE_H
#define WINNOW_LIB_DRIVER_TUNINGCACHE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <map>
#include <string>

namespace winnow {

/// Microseconds of each algorithm (an attribute as text) for one problem.
using MeasuredTimes = std::map<std::string, double>;

/// What was measured, by problem and target. The file is JSON, keys in order, so
/// that it can be committed and compared.
class TuningCache {
public:
  /// Adds the entries of a file. A file that does not exist has none; one that is
  /// no cache is an error.
  llvm::Error read(llvm::StringRef path);
  /// Writes all entries; the file is whole or untouched.
  llvm::Error write(llvm::StringRef path) const;

  /// The times for a problem; null where it was never measured.
  const MeasuredTimes *lookup(const std::string &problem) const {
    auto it = problems.find(problem);
    return it == problems.end() ? nullptr : &it->second;
  }
  void insert(const std::string &problem, MeasuredTimes times) { problems[problem] = std::move(times); }

private:
  std::map<std::string, MeasuredTimes> problems;
};

/// The algorithm with the least time; empty of none.
std::string getFastest(const MeasuredTimes &times);

} // namespace winnow

#endif // WINNOW_LIB_DRIVER_TUNINGCACHE_H
