//===- ModelLibrary.cpp - a compiled model in this process ------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Runtime/ModelLibrary.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <type_traits>
#include <unistd.h>

namespace winnow {

ModelLibrary::~ModelLibrary() {
  if (handle)
    dlclose(handle);
  if (descriptor >= 0)
    close(descriptor);
}

bool ModelLibrary::resolve(const std::string &name, std::string &error) {
  const char *missing = nullptr;
  auto find = [&](auto &function, const char *symbol) {
    function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(handle, symbol));
    if (!function && !missing)
      missing = symbol;
  };
  find(functions.abiVersion, "winnow_abi_version");
  find(functions.model, "winnow_model");
  find(functions.modelName, "winnow_model_name");
  find(functions.inputCount, "winnow_input_count");
  find(functions.outputCount, "winnow_output_count");
  find(functions.inputInfo, "winnow_input_info");
  find(functions.outputInfo, "winnow_output_info");
  find(functions.outputMaxExtents, "winnow_output_max_extents");
  find(functions.typeBytes, "winnow_type_bytes");
  find(functions.hasDynamicBatch, "winnow_model_has_dynamic_batch");
  find(functions.maxThreads, "winnow_model_max_threads");
  find(functions.arenaBytes, "winnow_arena_bytes");
  find(functions.layerCount, "winnow_layer_count");
  find(functions.layerInfo, "winnow_layer_info");
  find(functions.statusText, "winnow_status_text");
  find(functions.contextCreate, "winnow_context_create");
  find(functions.contextDestroy, "winnow_context_destroy");
  find(functions.contextSetBatch, "winnow_context_set_batch");
  find(functions.contextThreads, "winnow_context_threads");
  find(functions.run, "winnow_run");
  find(functions.contextError, "winnow_context_error");
  find(functions.layerTimes, "winnow_context_layer_times");
  // One of another version may lack functions: say the version first.
  if (functions.abiVersion && functions.abiVersion() != WINNOW_ABI_VERSION)
    error = name + ": was compiled for version " + std::to_string(functions.abiVersion()) +
            " of the interface, expected " + std::to_string(WINNOW_ABI_VERSION);
  else if (missing)
    error = name + ": is no compiled model: it has no function " + missing;
  else
    model = functions.model();
  return error.empty();
}

/// A name for `descriptor` that this process has not used before. The loader knows libraries by every name that they
/// were ever loaded under, as long as any handle on them is open: under a name that comes again, be it the path of a
/// library that has been compiled anew or the number of a descriptor, it would find the old one. It does not simplify
/// names, so the time of the call goes into the spelling, bit by bit.
static std::string makeUniquePath(int descriptor) {
  std::string path = "/proc/self/fd";
  auto now = static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  for (; now > 0; now >>= 1)
    path += now & 1 ? "/." : "/";
  return path + "/" + std::to_string(descriptor);
}

/// Loads what `descriptor` refers to, and closes it in the end.
std::unique_ptr<ModelLibrary> ModelLibrary::loadDescriptor(int descriptor, const std::string &name,
                                                           std::string &error) {
  std::unique_ptr<ModelLibrary> library(new ModelLibrary);
  library->descriptor = descriptor;
  std::string path = makeUniquePath(descriptor);
  library->handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library->handle) {
    std::string reason = dlerror();
    if (reason.compare(0, path.size(), path) == 0)
      reason.erase(0, std::min(reason.size(), path.size() + std::strlen(": ")));
    error = name + ": cannot be loaded: " + reason;
    return nullptr;
  }
  return library->resolve(name, error) ? std::move(library) : nullptr;
}

std::unique_ptr<ModelLibrary> ModelLibrary::load(const std::string &path, std::string &error) {
  error.clear();
  int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    error = path + ": cannot be loaded: " + std::strerror(errno);
    return nullptr;
  }
  return loadDescriptor(descriptor, path, error);
}

/// Writes all of `bytes`.
static bool writeAll(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR)
      return false;
    bytes.remove_prefix(written > 0 ? written : 0);
  }
  return true;
}

std::unique_ptr<ModelLibrary> ModelLibrary::loadBytes(std::string_view bytes, std::string &error) {
  error.clear();
  const std::string name = "a model in memory";
  int descriptor = memfd_create("winnow-model", MFD_CLOEXEC);
  if (descriptor >= 0 && writeAll(descriptor, bytes))
    return loadDescriptor(descriptor, name, error);
  error = name + ": cannot be loaded: " + std::strerror(errno);
  if (descriptor >= 0)
    close(descriptor);
  return nullptr;
}

WinnowTensor ModelLibrary::makeTensor(const WinnowTensorInfo &info) const {
  WinnowTensor tensor = {};
  tensor.type = info.type;
  tensor.rank = info.rank;
  tensor.bytes = functions.typeBytes(info.type);
  for (int32_t d = 0; d < info.rank; ++d)
    tensor.bytes *= tensor.extents[d] = std::max<int64_t>(1, info.extents[d]);
  return tensor;
}

} // namespace winnow
