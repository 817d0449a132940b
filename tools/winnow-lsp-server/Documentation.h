//===- Documentation.h - what the dialect's definition says ----*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef WINNOW_TOOLS_LSPSERVER_DOCUMENTATION_H
#define WINNOW_TOOLS_LSPSERVER_DOCUMENTATION_H

#include "llvm/ADT/StringRef.h"

#include <string>

namespace winnow {

/// Summary, syntax (of ops) and description, as Markdown, of what IR writes as `name`: an op of the cnn dialect
/// (`cnn.relu`) or an attribute of it (`#cnn.layout`). Empty for any other name.
std::string findDocumentation(llvm::StringRef name);

} // namespace winnow

#endif // WINNOW_TOOLS_LSPSERVER_DOCUMENTATION_H
