#include "encoder/utf8.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace voisin::encoder {
namespace {

using ::testing::HasSubstr;

std::string Encoded(char32_t c) {
  const auto unit = [](char32_t bits) { return static_cast<char>(static_cast<unsigned char>(bits)); };
  if (c < 0x80) return {unit(c)};
  if (c < 0x800) return {unit(0xc0 | c >> 6), unit(0x80 | (c & 0x3f))};
  if (c < 0x10000) return {unit(0xe0 | c >> 12), unit(0x80 | (c >> 6 & 0x3f)), unit(0x80 | (c & 0x3f))};
  return {unit(0xf0 | c >> 18), unit(0x80 | (c >> 12 & 0x3f)), unit(0x80 | (c >> 6 & 0x3f)),
          unit(0x80 | (c & 0x3f))};
}

TEST(Utf8Test, EveryScalarValueIsValidAndDecodes) {
  for (char32_t c = 1; c <= 0x10ffff; ++c) {
    const std::string text = Encoded(c);
    const bool surrogate = c >= 0xd800 && c <= 0xdfff;
    ASSERT_EQ(CheckUtf8(text).ok(), !surrogate) << std::hex << static_cast<uint32_t>(c);
    if (surrogate) continue;
    ASSERT_EQ(DecodeAt(text, 0), c);
    ASSERT_EQ(Utf8Length(text[0]), text.size());
  }
}

TEST(Utf8Test, NamesTheByteOfAnIllFormedSequence) {
  for (const char* bad :
       {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xc3", "\xe2\x82", "\xe2\x28\xa1"}) {
    const std::string text = "twelve bytes" + std::string(bad);
    EXPECT_THAT(CheckUtf8(text).message(), HasSubstr("at byte 12 ")) << testing::PrintToString(bad);
    EXPECT_FALSE(CheckUtf8(text + " and more").ok());
  }
}

TEST(Utf8Test, AsciiIsAscii) {
  EXPECT_TRUE(IsAscii(""));
  EXPECT_TRUE(IsAscii("a text of more than eight bytes"));
  EXPECT_FALSE(IsAscii("a text of more than eight byt\u00e9s"));
}

}  // namespace
}  // namespace voisin::encoder
