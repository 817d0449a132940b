//===- HoverFilter.cpp - documentation for hovers -------------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "HoverFilter.h"
#include "Documentation.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

#include <cstdlib>
#include <optional>

namespace winnow {

/// The op or attribute that MLIR's text of a hover is about; empty for values, blocks and the like.
static llvm::StringRef findSubject(llvm::StringRef hover) {
  // "cnn.relu" and then its generic form; a symbol's name may stand between.
  if (hover.consume_front("\""))
    return hover.take_until([](char c) { return c == '"'; });
  if (hover.starts_with("Attribute Alias: "))
    return hover.split("```mlir\n").second.take_until([](char c) { return c == '<' || c == '\n'; });
  return "";
}

/// The text of a message that answers textDocument/hover: no other answer has `contents`. Null for other messages.
static llvm::json::Value *findHover(llvm::json::Value &message) {
  llvm::json::Object *object = message.getAsObject();
  for (llvm::StringRef key : {"result", "contents"})
    object = object ? object->getObject(key) : nullptr;
  if (!object || object->getString("kind") != "markdown" || !object->getString("value"))
    return nullptr;
  return object->get("value");
}

/// The message with documentation, in the style (one line or indented) of the old; the same text if there is none.
static std::string addDocumentation(std::string text) {
  llvm::Expected<llvm::json::Value> message = llvm::json::parse(text);
  if (!message) {
    llvm::consumeError(message.takeError()); // an editor says what is wrong with it
    return text;
  }
  llvm::json::Value *hover = findHover(*message);
  if (!hover)
    return text;
  std::string documentation = findDocumentation(findSubject(*hover->getAsString()));
  if (documentation.empty())
    return text;
  *hover = (*hover->getAsString() + "\n---\n\n" + documentation + "\n").str();
  bool indented = llvm::StringRef(text).starts_with("{\n");
  return (indented ? llvm::formatv("{0:2}", *message) : llvm::formatv("{0}", *message)).str();
}

/// Reads the `size` bytes of a message; nothing where the server ended within them.
static std::optional<std::string> readBody(std::FILE *from, size_t size) {
  std::string body(size, '\0');
  if (std::fread(body.data(), 1, size, from) != size)
    return std::nullopt;
  return body;
}

void filterHovers(std::FILE *from, llvm::raw_ostream &to) {
  char *buffer = nullptr;
  size_t capacity = 0;
  std::optional<size_t> size; // of the message whose header is being read
  ssize_t length;
  while ((length = getline(&buffer, &capacity, from)) > 0) {
    llvm::StringRef line(buffer, static_cast<size_t>(length)), value = line;
    size_t number;
    if (value.consume_front("Content-Length: ") && !value.trim().getAsInteger(10, number)) {
      size = number;
    } else if (size && line.trim().empty()) {
      std::optional<std::string> body = readBody(from, *size);
      if (!body)
        break;
      std::string message = addDocumentation(std::move(*body));
      to << "Content-Length: " << message.size() << "\r\n\r\n" << message;
      to.flush();
      size.reset();
    } else {
      to << line;
    }
  }
  std::free(buffer);
  to.flush();
}

} // namespace winnow
