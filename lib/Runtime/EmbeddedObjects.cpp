//===- EmbeddedObjects.cpp - the runtime inside the compiler -------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Runtime/EmbeddedObjects.h"

// .incbin keeps the bytes out of the C++ compiler: they go straight to the object.
#define WINNOW_EMBED(symbol, path)                                                                                     \
  __asm__(".pushsection .rodata\n"                                                                                     \
          ".balign 16\n" #symbol "_begin:\n"                                                                           \
          ".incbin \"" path "\"\n" #symbol "_end:\n"                                                                   \
          ".byte 0\n"                                                                                                  \
          ".popsection\n");                                                                                            \
  extern "C" {                                                                                                         \
  __attribute__((visibility("hidden"))) extern const char symbol##_begin[], symbol##_end[];                            \
  }

WINNOW_EMBED(winnow_shared_runtime, WINNOW_OBJECT_DIR "/WinnowModelRuntimeShared.o")
WINNOW_EMBED(winnow_static_runtime, WINNOW_OBJECT_DIR "/WinnowModelRuntimeStatic.o")
WINNOW_EMBED(winnow_program_main, WINNOW_OBJECT_DIR "/WinnowModelMain.o")
WINNOW_EMBED(winnow_model_header, WINNOW_HEADER)

namespace winnow {

/// The bytes between two labels.
static std::string_view makeView(const char *begin, const char *end) {
  return std::string_view(begin, static_cast<size_t>(end - begin));
}

std::string_view getSharedRuntimeObject() { return makeView(winnow_shared_runtime_begin, winnow_shared_runtime_end); }
std::string_view getStaticRuntimeObject() { return makeView(winnow_static_runtime_begin, winnow_static_runtime_end); }
std::string_view getMainObject() { return makeView(winnow_program_main_begin, winnow_program_main_end); }
std::string_view getModelHeader() { return makeView(winnow_model_header_begin, winnow_model_header_end); }

bool hasRuntimeFor(std::string_view arch) {
#if defined(__x86_64__)
  return arch == "x86_64";
#elif defined(__aarch64__)
  return arch == "aarch64";
#else
  return false;
#endif
}

} // namespace winnow
