#include "index/sparse_list.h"

namespace voisin::index {
namespace {

void AppendVarint(uint64_t value, std::string& bytes) {
  for (; value >= 0x80; value >>= 7) bytes.push_back(static_cast<char>(value | 0x80));
  bytes.push_back(static_cast<char>(value));
}

}  // namespace

void SparseWriter::Append(uint32_t number, uint32_t count) {
  AppendVarint(uint64_t{number - next_} * 2 + (count > 1 ? 1 : 0), bytes_);
  if (count > 1) AppendVarint(count - 2, bytes_);
  next_ = number + 1;
}

}  // namespace voisin::index
