//===- OutputFile.h - files that are whole or not there ---------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_TARGET_OUTPUTFILE_H
#define WINNOW_TARGET_OUTPUTFILE_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace llvm {
class raw_pwrite_stream;
}

namespace winnow {

/// Writes a file under a temporary name beside `path` and renames it, so that
/// `path` is whole or untouched. `write` fills the stream.
llvm::Error writeFile(llvm::StringRef path, llvm::function_ref<llvm::Error(llvm::raw_pwrite_stream &)> write);

/// From now on temporary files disappear also when a signal ends the process. For programs alone, which call it first
/// of all: it gives the process LLVM's signal handlers, which are not a library's to set.
void removeFilesOnSignal();

/// Files that disappear with this object.
class TemporaryFiles {
public:
  TemporaryFiles() = default;
  TemporaryFiles(const TemporaryFiles &) = delete;
  TemporaryFiles &operator=(const TemporaryFiles &) = delete;
  ~TemporaryFiles();

  /// A new file with these bytes in the folder for temporary files.
  llvm::Expected<std::string> add(llvm::StringRef suffix, llvm::StringRef bytes);
  /// A new empty file beside `path`.
  llvm::Expected<std::string> addBeside(llvm::StringRef path);

private:
  void track(llvm::StringRef path);

  std::vector<std::string> paths;
};

} // namespace winnow

#endif // WINNOW_TARGET_OUTPUTFILE_H
