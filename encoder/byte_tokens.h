#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace voisin::encoder {

// The ids of the pieces <0x00> to <0xFF>; empty unless all 256 are there.
std::vector<int32_t> ByteTokens(const std::vector<std::string>& pieces);

// `piece` spelt in GPT-2's alphabet, in which each byte is one printable character, as the bytes it stands for; empty
// when it has a character outside that alphabet.
std::string DecodeByteLevel(std::string_view piece);

}  // namespace voisin::encoder
