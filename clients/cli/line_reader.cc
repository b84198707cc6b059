#include "clients/cli/line_reader.h"

#include <istream>
#include <string_view>

namespace voisin::cli {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

bool LineReader::Next() {
  line_.clear();
  too_long_ = false;
  std::streambuf& buffer = *in_.rdbuf();
  int c = buffer.sbumpc();
  if (c == std::char_traits<char>::eof()) return false;
  ++number_;
  for (; c != std::char_traits<char>::eof(); c = buffer.sbumpc()) {
    ++bytes_;
    if (c == '\n') break;
    if (line_.size() == longest_) too_long_ = true;
    if (!too_long_) line_ += static_cast<char>(c);
  }
  if (too_long_) line_.clear();
  if (number_ == 1 && line_.starts_with(kByteOrderMark)) line_.erase(0, kByteOrderMark.size());
  if (line_.ends_with('\r')) line_.pop_back();
  return true;
}

}  // namespace voisin::cli
