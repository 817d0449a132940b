//===- LinkModel.cpp - model objects to libraries and programs -----------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Runtime/EmbeddedObjects.h"
#include "winnow/Target/EmitCode.h"

#include "lld/Common/Driver.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

#include <mutex>

LLD_HAS_DRIVER(elf)

namespace winnow {

/// Runs `program` from PATH; what it prints goes to stderr.
static llvm::Error runProgram(llvm::StringRef program, llvm::ArrayRef<std::string> arguments) {
  llvm::ErrorOr<std::string> path = llvm::sys::findProgramByName(program);
  if (!path)
    return llvm::createStringError("cannot link: '" + program + "' is not on the path");
  llvm::SmallVector<llvm::StringRef> list = {*path};
  list.append(arguments.begin(), arguments.end());
  std::string message;
  int code = llvm::sys::ExecuteAndWait(*path, list, std::nullopt, {}, 0, 0, &message);
  if (code == 0)
    return llvm::Error::success();
  return llvm::createStringError("cannot link: '" + program + "' failed with exit code " + llvm::Twine(code) +
                                 (message.empty() ? "" : ": " + message));
}

namespace {
/// Takes all command line options out of LLVM's registry while it lives. lld resets
/// what is registered there, the options of the program around us included, and
/// adds some of its own whose names may be taken.
class OptionsGuard {
public:
  OptionsGuard() {
    for (auto &entry : llvm::cl::getRegisteredOptions())
      options.insert(entry.second);
    for (llvm::cl::Option *option : llvm::cl::SubCommand::getTopLevel().PositionalOpts)
      options.insert(option);
    for (llvm::cl::Option *option : options)
      option->removeArgument();
  }

  ~OptionsGuard() {
    auto &registered = llvm::cl::getRegisteredOptions();
    for (llvm::cl::Option *option : options)
      if (!registered.contains(option->ArgStr) || !option->hasArgStr())
        option->addArgument();
  }

private:
  llvm::SetVector<llvm::cl::Option *> options;
};
} // namespace

/// Runs lld in this process, or the system's driver once lld says that it cannot go on.
static llvm::Error runLinker(llvm::ArrayRef<std::string> arguments) {
  static std::mutex mutex; // lld keeps its state in globals.
  static bool usable = true;
  std::lock_guard<std::mutex> lock(mutex);
  if (!usable) {
    llvm::SmallVector<std::string> driver = {"-nostdlib"};
    for (const std::string &argument : arguments)
      driver.push_back("-Wl," + argument);
    return runProgram("cc", driver);
  }
  // Mapped output would end in SIGBUS if the disk fills up. lld's pool of threads would outlive the call, which a
  // process that forks does not survive; a handful of objects has no use for it.
  llvm::SmallVector<const char *> list = {"ld.lld", "--no-mmap-output-file", "--threads=1"};
  for (const std::string &argument : arguments)
    list.push_back(argument.c_str());
  std::string output;
  llvm::raw_string_ostream stream(output);
  OptionsGuard guard;
  lld::Result result = lld::lldMain(list, stream, stream, {{lld::Gnu, &lld::elf::link}});
  usable = result.canRunAgain;
  if (result.retCode == 0)
    return llvm::Error::success();
  return llvm::createStringError("cannot link: " + llvm::StringRef(output).rtrim());
}

/// Where the system keeps a library; empty if it is not found, in which case its
/// symbols are left to the process that loads the model.
static std::string findSystemLibrary(llvm::StringRef name) {
  for (llvm::StringRef directory : {"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib/aarch64-linux-gnu",
                                    "/lib64", "/usr/lib64", "/usr/lib", "/lib"}) {
    std::string path = (directory + "/" + name).str();
    if (llvm::sys::fs::exists(path))
      return path;
  }
  return {};
}

/// Fails if the file system of `path` has no room for a file of all `objects`. A
/// linker that finds out in the middle of writing has no way to say so well.
static llvm::Error checkSpace(llvm::StringRef path, llvm::ArrayRef<std::string> objects) {
  constexpr uint64_t margin = 1 << 20;
  uint64_t needed = margin, bytes = 0;
  for (const std::string &object : objects)
    if (!llvm::sys::fs::file_size(object, bytes))
      needed += bytes;
  llvm::StringRef directory = llvm::sys::path::parent_path(path);
  auto space = llvm::sys::fs::disk_space(directory.empty() ? "." : directory);
  if (space && space->available < needed)
    return llvm::createStringError("cannot write '" + path + "': no space left (about " + llvm::Twine(needed >> 20) +
                                   " MB are needed)");
  return llvm::Error::success();
}

/// Links into a file beside `path` and renames it: `path` is whole or untouched.
static llvm::Error linkTo(llvm::StringRef path, llvm::SmallVector<std::string> arguments,
                          llvm::ArrayRef<std::string> objects, TemporaryFiles &files) {
  if (llvm::Error error = checkSpace(path, objects))
    return error;
  arguments.insert(arguments.begin(), objects.begin(), objects.end());
  llvm::Expected<std::string> temporary = files.addBeside(path);
  if (!temporary)
    return temporary.takeError();
  arguments.push_back("-o");
  arguments.push_back(*temporary);
  if (llvm::Error error = runLinker(arguments))
    return error;
  if (std::error_code error = llvm::sys::fs::rename(*temporary, path))
    return llvm::createStringError("cannot write '" + path + "': " + error.message());
  return llvm::Error::success();
}

/// Puts the model's objects and those of the runtime into files; their paths.
static llvm::Expected<llvm::SmallVector<std::string>>
writeObjects(llvm::ArrayRef<llvm::StringRef> model, llvm::ArrayRef<llvm::StringRef> runtime, TemporaryFiles &files) {
  llvm::SmallVector<std::string> paths;
  for (llvm::StringRef object : llvm::concat<const llvm::StringRef>(model, runtime)) {
    llvm::Expected<std::string> path = files.add("o", object);
    if (!path)
      return path.takeError();
    paths.push_back(*path);
  }
  return paths;
}

llvm::Error linkSharedLibrary(llvm::ArrayRef<llvm::StringRef> model, llvm::StringRef path) {
  TemporaryFiles files;
  auto objects = writeObjects(model, {llvm::StringRef(getSharedRuntimeObject())}, files);
  if (!objects)
    return objects.takeError();
  llvm::SmallVector<std::string> arguments = {"-shared", "-Bsymbolic", "--gc-sections", "--hash-style=gnu", "-z",
                                              "relro",   "-z",         "now",           "--as-needed"};
  for (llvm::StringRef library : {"libm.so.6", "libc.so.6"})
    if (std::string found = findSystemLibrary(library); !found.empty())
      arguments.push_back(found);
  return linkTo(path, std::move(arguments), *objects, files);
}

llvm::Error linkObject(llvm::ArrayRef<llvm::StringRef> model, llvm::StringRef path) {
  TemporaryFiles files;
  auto objects = writeObjects(model, {llvm::StringRef(getStaticRuntimeObject())}, files);
  if (!objects)
    return objects.takeError();
  return linkTo(path, {"-r"}, *objects, files);
}

llvm::Error linkProgram(llvm::ArrayRef<llvm::StringRef> model, llvm::StringRef path) {
  TemporaryFiles files;
  auto objects =
      writeObjects(model, {llvm::StringRef(getStaticRuntimeObject()), llvm::StringRef(getMainObject())}, files);
  if (!objects)
    return objects.takeError();
  if (llvm::Error error = checkSpace(path, *objects))
    return error;
  llvm::Expected<std::string> temporary = files.addBeside(path);
  if (!temporary)
    return temporary.takeError();
  llvm::SmallVector<std::string> arguments(objects->begin(), objects->end());
  arguments.append({"-o", *temporary, "-lm"});
  if (llvm::Error error = runProgram("cc", arguments))
    return error;
  if (std::error_code error = llvm::sys::fs::rename(*temporary, path))
    return llvm::createStringError("cannot write '" + path + "': " + error.message());
  return llvm::Error::success();
}

std::string makeObjectHeader(llvm::StringRef symbol) {
  std::string header = getModelHeader().data() ? std::string(getModelHeader()) : std::string();
  return header + "\n#ifdef __cplusplus\nextern \"C\"\n#endif\n/* The model in the object beside this header. */\n" +
         "const WinnowModel *" + symbol.str() + "(void);\n";
}

} // namespace winnow
