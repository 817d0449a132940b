//===- EmbeddedObjects.h - the runtime inside the compiler ------*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_RUNTIME_EMBEDDEDOBJECTS_H
#define WINNOW_RUNTIME_EMBEDDEDOBJECTS_H

#include <string_view>

namespace winnow {

/// The runtime's object file for shared libraries: its functions are exported.
std::string_view getSharedRuntimeObject();

/// The runtime's object file for model objects: its functions are hidden.
std::string_view getStaticRuntimeObject();

/// The object file with the main function of programs.
std::string_view getMainObject();

/// The text of winnow_model.h and whether the objects above fit `arch` ("x86_64").
std::string_view getModelHeader();
bool hasRuntimeFor(std::string_view arch);

} // namespace winnow

#endif // WINNOW_RUNTIME_EMBEDDEDOBJECTS_H
