//===- Npz.h - NumPy's archives of arrays -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_DATA_NPZ_H
#define WINNOW_DATA_NPZ_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <string>
#include <vector>

namespace winnow {

/// An `.npz` file: a zip archive of `.npy` files, stored or deflated (zip64 included). The file is mapped, so that what
/// is stored is read as it is used.
class NpzFile {
public:
  static llvm::Expected<NpzFile> open(llvm::StringRef path);

  /// Names of the arrays, without `.npy`, in the order of the archive.
  std::vector<std::string> getNames() const;
  bool has(llvm::StringRef name) const;

  /// Hands the bytes of the `.npy` file of an array to `take`, in order and in pieces, each at most 1 MiB. Fails where
  /// there is no such array, the archive is damaged, or `take` fails.
  llvm::Error read(llvm::StringRef name, llvm::function_ref<llvm::Error(llvm::StringRef piece)> take) const;

private:
  struct Entry {
    std::string name;
    bool deflated = false;
    uint64_t offset = 0, compressedBytes = 0, bytes = 0;
    uint32_t crc = 0;
  };
  llvm::Error readDirectory();
  llvm::Error fail(const llvm::Twine &message) const;
  const Entry *find(llvm::StringRef name) const;

  std::string path;
  std::unique_ptr<llvm::MemoryBuffer> file;
  std::vector<Entry> entries;
};

} // namespace winnow

#endif // WINNOW_DATA_NPZ_H
