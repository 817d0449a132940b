//===- Npz.cpp - NumPy's archives of arrays -*- C++ -*-===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The format: PKWARE's APPNOTE.TXT 6.3, sections 4.3.12 (central directory), 4.3.7 (local header), 4.5.3 (zip64).

#include "winnow/Data/Npz.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"

#include <zlib.h>

using llvm::support::endian::read16le;
using llvm::support::endian::read32le;
using llvm::support::endian::read64le;

namespace winnow {

static constexpr size_t kPiece = 1 << 20;
static constexpr llvm::StringLiteral kArray = ".npy";

llvm::Error NpzFile::fail(const llvm::Twine &message) const { return llvm::createStringError(path + ": " + message); }

llvm::Expected<NpzFile> NpzFile::open(llvm::StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return llvm::createStringError(path + ": " + buffer.getError().message());
  NpzFile archive;
  archive.path = path.str();
  archive.file = std::move(*buffer);
  if (llvm::Error error = archive.readDirectory())
    return std::move(error);
  return std::move(archive);
}

/// A record of `size` bytes with its signature at `offset`; empty where there is none.
static llvm::StringRef getRecord(llvm::StringRef bytes, uint64_t offset, llvm::StringRef signature, size_t size) {
  if (offset > bytes.size() || bytes.size() - offset < size)
    return {};
  llvm::StringRef record = bytes.drop_front(offset);
  return record.starts_with(signature) ? record : llvm::StringRef();
}

/// Replaces fields that hold all ones by those of the zip64 extra field, which has them in this order.
static bool readZip64(llvm::StringRef extra, llvm::ArrayRef<uint64_t *> fields) {
  bool wanted = llvm::any_of(fields, [](uint64_t *field) { return *field == UINT32_MAX; });
  while (wanted && extra.size() >= 4) {
    uint16_t id = read16le(extra.data()), size = read16le(extra.data() + 2);
    if (extra.size() - 4 < size)
      return false;
    llvm::StringRef data = extra.substr(4, size);
    extra = extra.drop_front(4 + size);
    if (id != 1)
      continue;
    for (uint64_t *field : fields) {
      if (*field != UINT32_MAX)
        continue;
      if (data.size() < 8)
        return false;
      *field = read64le(data.data());
      data = data.drop_front(8);
    }
    return true;
  }
  return !wanted;
}

llvm::Error NpzFile::readDirectory() {
  llvm::StringRef bytes = file->getBuffer();
  size_t end = bytes.rfind(llvm::StringRef("PK\5\6", 4));
  if (end == llvm::StringRef::npos || bytes.size() - end < 22)
    return fail("expected an .npz archive, but its directory is missing");
  uint64_t offset = read32le(bytes.data() + end + 16), count = read16le(bytes.data() + end + 10);
  // A zip64 archive says so in a record right before; its locator says where.
  if (end >= 20)
    if (llvm::StringRef locator = getRecord(bytes, end - 20, llvm::StringRef("PK\6\7", 4), 20); !locator.empty()) {
      llvm::StringRef wide = getRecord(bytes, read64le(locator.data() + 8), llvm::StringRef("PK\6\6", 4), 56);
      if (wide.empty())
        return fail("the archive's zip64 directory is damaged");
      count = read64le(wide.data() + 32);
      offset = read64le(wide.data() + 48);
    }
  for (uint64_t i = 0; i < count; ++i) {
    llvm::StringRef record = getRecord(bytes, offset, llvm::StringRef("PK\1\2", 4), 46);
    size_t nameBytes = 0, extraBytes = 0, commentBytes = 0;
    if (!record.empty()) {
      nameBytes = read16le(record.data() + 28);
      extraBytes = read16le(record.data() + 30);
      commentBytes = read16le(record.data() + 32);
    }
    if (record.size() < 46 + nameBytes + extraBytes + commentBytes)
      return fail("the archive's directory is damaged");
    Entry entry;
    entry.name = record.substr(46, nameBytes).str();
    uint16_t method = read16le(record.data() + 10);
    entry.deflated = method == 8;
    entry.crc = read32le(record.data() + 16);
    entry.compressedBytes = read32le(record.data() + 20);
    entry.bytes = read32le(record.data() + 24);
    entry.offset = read32le(record.data() + 42);
    if (!readZip64(record.substr(46 + nameBytes, extraBytes), {&entry.bytes, &entry.compressedBytes, &entry.offset}))
      return fail("the archive's directory is damaged");
    if (method != 0 && method != 8)
      return fail("'" + entry.name + "' is compressed by method " + llvm::Twine(method) +
                  ", expected stored or deflated");
    entries.push_back(std::move(entry));
    offset += 46 + nameBytes + extraBytes + commentBytes;
  }
  return llvm::Error::success();
}

std::vector<std::string> NpzFile::getNames() const {
  std::vector<std::string> names;
  for (const Entry &entry : entries)
    if (llvm::StringRef(entry.name).ends_with(kArray))
      names.push_back(llvm::StringRef(entry.name).drop_back(kArray.size()).str());
  return names;
}

const NpzFile::Entry *NpzFile::find(llvm::StringRef name) const {
  for (const Entry &entry : entries)
    if (entry.name == (name + kArray).str())
      return &entry;
  return nullptr;
}

bool NpzFile::has(llvm::StringRef name) const { return find(name); }

/// Inflates `data` piece by piece. The sentence that it may return lacks the file.
static llvm::Error inflatePieces(llvm::StringRef data, llvm::function_ref<llvm::Error(llvm::StringRef)> take) {
  z_stream stream = {};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK)
    return llvm::createStringError("cannot start to inflate");
  llvm::scope_exit end([&] { inflateEnd(&stream); });
  std::vector<char> piece(kPiece);
  for (int state = Z_OK; state != Z_STREAM_END;) {
    if (stream.avail_in == 0) {
      llvm::StringRef next = data.take_front(kPiece);
      data = data.drop_front(next.size());
      stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(next.data()));
      stream.avail_in = next.size();
    }
    stream.next_out = reinterpret_cast<Bytef *>(piece.data());
    stream.avail_out = piece.size();
    state = inflate(&stream, Z_NO_FLUSH);
    size_t made = piece.size() - stream.avail_out;
    if ((state != Z_OK && state != Z_STREAM_END) || (made == 0 && state == Z_OK && data.empty()))
      return llvm::createStringError("the deflated data is damaged");
    if (llvm::Error error = take(llvm::StringRef(piece.data(), made)))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error NpzFile::read(llvm::StringRef name, llvm::function_ref<llvm::Error(llvm::StringRef)> take) const {
  const Entry *entry = find(name);
  if (!entry)
    return fail("expected an array '" + name + "', but found " +
                (entries.empty() ? "none" : "'" + llvm::join(getNames(), "', '") + "'"));
  llvm::StringRef bytes = file->getBuffer();
  llvm::StringRef local = getRecord(bytes, entry->offset, llvm::StringRef("PK\3\4", 4), 30);
  uint64_t start = local.empty() ? 0 : 30 + read16le(local.data() + 26) + read16le(local.data() + 28);
  if (local.size() < start || local.size() - start < entry->compressedBytes || local.empty())
    return fail("array '" + name + "' is cut off");
  llvm::StringRef data = local.substr(start, entry->compressedBytes);
  uLong crc = crc32(0, nullptr, 0);
  uint64_t total = 0;
  auto check = [&](llvm::StringRef piece) -> llvm::Error {
    crc = crc32(crc, reinterpret_cast<const Bytef *>(piece.data()), piece.size());
    total += piece.size();
    return take(piece);
  };
  if (entry->deflated) {
    if (llvm::Error error = inflatePieces(data, check))
      return fail("array '" + name + "': " + llvm::toString(std::move(error)));
  } else {
    for (; !data.empty(); data = data.drop_front(std::min(kPiece, data.size())))
      if (llvm::Error error = check(data.take_front(kPiece)))
        return fail("array '" + name + "': " + llvm::toString(std::move(error)));
  }
  if (total != entry->bytes || crc != entry->crc)
    return fail("array '" + name + "' is damaged: its checksum or size differs");
  return llvm::Error::success();
}

} // namespace winnow
