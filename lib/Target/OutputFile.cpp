//===- OutputFile.cpp - files that are whole or not there -----------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Target/OutputFile.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

#include <atomic>

namespace winnow {

/// Of the process, like the handlers that it stands for.
static std::atomic<bool> removesOnSignal{false};

void removeFilesOnSignal() { removesOnSignal = true; }

TemporaryFiles::~TemporaryFiles() {
  for (const std::string &path : paths) {
    (void)llvm::sys::fs::remove(path);
    if (removesOnSignal)
      llvm::sys::DontRemoveFileOnSignal(path);
  }
}

void TemporaryFiles::track(llvm::StringRef path) {
  paths.push_back(path.str());
  if (removesOnSignal)
    llvm::sys::RemoveFileOnSignal(path);
}

/// Fills an open file and closes it.
static llvm::Error fill(int descriptor, llvm::function_ref<llvm::Error(llvm::raw_pwrite_stream &)> write) {
  llvm::raw_fd_ostream stream(descriptor, /*shouldClose=*/true);
  llvm::Error error = write(stream);
  stream.close();
  if (!error && stream.has_error())
    error = llvm::createStringError(stream.error().message());
  stream.clear_error();
  return error;
}

llvm::Expected<std::string> TemporaryFiles::add(llvm::StringRef suffix, llvm::StringRef bytes) {
  llvm::SmallString<128> path;
  int descriptor = -1;
  if (std::error_code error = llvm::sys::fs::createTemporaryFile("winnow", suffix, descriptor, path))
    return llvm::createStringError("cannot create a temporary file: " + error.message());
  track(path);
  llvm::Error error = fill(descriptor, [&](llvm::raw_pwrite_stream &stream) {
    stream << bytes;
    return llvm::Error::success();
  });
  if (error)
    return llvm::createStringError("cannot write '" + path + "': " + llvm::toString(std::move(error)));
  return path.str().str();
}

llvm::Expected<std::string> TemporaryFiles::addBeside(llvm::StringRef path) {
  llvm::SmallString<128> name;
  int descriptor = -1;
  // What a file gets that the umask says nothing about.
  unsigned mode = llvm::sys::fs::all_read | llvm::sys::fs::all_write;
  if (std::error_code error =
          llvm::sys::fs::createUniqueFile(path + ".%%%%%%.tmp", descriptor, name, llvm::sys::fs::OF_None, mode))
    return llvm::createStringError("cannot write '" + path + "': " + error.message());
  track(name);
  llvm::raw_fd_ostream(descriptor, /*shouldClose=*/true).close();
  return name.str().str();
}

llvm::Error writeFile(llvm::StringRef path, llvm::function_ref<llvm::Error(llvm::raw_pwrite_stream &)> write) {
  auto fail = [&](const llvm::Twine &what) { return llvm::createStringError("cannot write '" + path + "': " + what); };
  TemporaryFiles files;
  llvm::Expected<std::string> temporary = files.addBeside(path);
  if (!temporary)
    return temporary.takeError();
  int descriptor = -1;
  if (std::error_code error = llvm::sys::fs::openFileForWrite(*temporary, descriptor))
    return fail(error.message());
  if (llvm::Error error = fill(descriptor, write))
    return fail(llvm::toString(std::move(error)));
  if (std::error_code error = llvm::sys::fs::rename(*temporary, path))
    return fail(error.message());
  return llvm::Error::success();
}

} // namespace winnow
