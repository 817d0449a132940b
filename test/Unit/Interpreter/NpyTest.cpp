//===- NpyTest.cpp - reading and writing array files ----------------------===//
//
// Part of the Winnow project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "winnow/Support/Npy.h"

#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"

using namespace winnow;

namespace {

/// A file of version 1 with the given header text and data.
std::string makeFile(llvm::StringRef header, llvm::StringRef data) {
  std::string file("\x93NUMPY\x01\x00", 8);
  file += static_cast<char>(header.size() & 0xff);
  file += static_cast<char>(header.size() >> 8);
  return file + header.str() + data.str();
}

std::string getError(llvm::StringRef contents) {
  llvm::Expected<NpyArray> array = parseNpy(contents, "x.npy");
  return array ? "" : llvm::toString(array.takeError());
}

TEST(NpyTest, round_trip) {
  llvm::SmallString<64> path;
  ASSERT_FALSE(llvm::sys::fs::createTemporaryFile("winnow", "npy", path));
  for (std::vector<int64_t> shape : {std::vector<int64_t>{}, {3}, {2, 3}, {0, 4}}) {
    int64_t count = 1;
    for (int64_t extent : shape)
      count *= extent;
    std::vector<char> bytes(count * 2, 7);
    ASSERT_FALSE(writeNpy(path, "<f2", shape, bytes));
    llvm::Expected<NpyArray> array = readNpy(path);
    ASSERT_TRUE(static_cast<bool>(array)) << llvm::toString(array.takeError());
    EXPECT_EQ(array->descr, "<f2");
    EXPECT_EQ(array->shape, shape);
    EXPECT_EQ(array->bytes, bytes);
  }
  llvm::sys::fs::remove(path);
}

TEST(NpyTest, fortran_order_becomes_row_major) {
  llvm::Expected<NpyArray> array =
      parseNpy(makeFile("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }\n", "adbecf"), "x.npy");
  ASSERT_TRUE(static_cast<bool>(array));
  EXPECT_EQ(std::string(array->bytes.begin(), array->bytes.end()), "abcdef");
}

TEST(NpyTest, negative_hostile_files) {
  EXPECT_NE(getError(""), "");
  EXPECT_NE(getError("\x93NUMPY"), "");
  EXPECT_NE(getError(makeFile("{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }", "short")), "");
  EXPECT_NE(getError(makeFile("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }", "1234")), "");
  EXPECT_NE(getError(makeFile("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "1234")), "");
  EXPECT_NE(getError(makeFile("{'descr': '<f4', 'shape': (99999999999, 99999999999), }", "1234")), "");
  EXPECT_NE(getError(makeFile("{'descr': '<f4', 'shape': (-1,), }", "1234")), "");
  EXPECT_NE(getError(makeFile("{'descr': '<f4', 'shape': ", "")), "");
  std::string cut = makeFile("{'descr': '<f4', 'shape': (1,), }", "1234");
  for (size_t length = 0; length < cut.size(); ++length)
    EXPECT_NE(getError(llvm::StringRef(cut).take_front(length)), "") << length;
}

} // namespace
