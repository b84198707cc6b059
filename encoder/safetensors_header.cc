#include "encoder/safetensors_header.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "encoder/utf8.h"

namespace voisin::encoder {
namespace {

constexpr size_t kLengthBytes = 8;
constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // the format's own limit

struct DtypeInfo {
  std::string_view name;
  size_t size;
  DataType type;
};
constexpr std::array<DtypeInfo, 15> kDtypes = {{{"F32", 4, DataType::f32},
                                                {"F16", 2, DataType::f16},
                                                {"BF16", 2, DataType::bf16},
                                                {"I64", 8, DataType::i64},
                                                {"F64", 8, DataType::other},
                                                {"I32", 4, DataType::other},
                                                {"I16", 2, DataType::other},
                                                {"I8", 1, DataType::other},
                                                {"U64", 8, DataType::other},
                                                {"U32", 4, DataType::other},
                                                {"U16", 2, DataType::other},
                                                {"U8", 1, DataType::other},
                                                {"BOOL", 1, DataType::other},
                                                {"F8_E4M3", 1, DataType::other},
                                                {"F8_E5M2", 1, DataType::other}}};

const DtypeInfo* FindDtype(std::string_view name) {
  const auto* found =
      std::find_if(kDtypes.begin(), kDtypes.end(), [&](const auto& d) { return d.name == name; });
  return found == kDtypes.end() ? nullptr : found;
}

// What the header says about one tensor.
struct Entry {
  std::string name;
  std::string_view dtype;
  std::vector<int64_t> shape;
  std::vector<int64_t> data_offsets;
};

// Reads the subset of JSON that a safetensors header uses: no recursion, memory bounded by the header's
// length.
class HeaderReader {
 public:
  explicit HeaderReader(std::string_view text) : text_(text) {}

  absl::StatusOr<std::vector<Entry>> Read() {
    std::vector<Entry> entries;
    const auto member = [&](std::string_view key) { return ReadTensorOrMetadata(key, entries); };
    RETURN_IF_ERROR(ReadObject(member));
    SkipSpace();
    if (at_ != text_.size()) return Expected("the end of the header");
    return entries;
  }

 private:
  absl::Status ReadTensorOrMetadata(std::string_view key, std::vector<Entry>& entries) {
    if (key == "__metadata__") {
      return ReadObject([this](std::string_view) { return ReadString(/*allow_escapes=*/true).status(); });
    }
    Entry& entry = entries.emplace_back();
    entry.name = key;
    RETURN_IF_ERROR(ReadObject([&](std::string_view field) { return ReadField(field, entry); }));
    if (entry.dtype.empty()) return Lacks(key, "dtype");
    if (entry.data_offsets.empty()) return Lacks(key, "data_offsets");
    return absl::OkStatus();
  }

  absl::Status ReadField(std::string_view field, Entry& entry) {
    if (field == "shape") return ReadIntegers(entry.shape);
    if (field == "data_offsets") return ReadIntegers(entry.data_offsets);
    if (field != "dtype") {
      return absl::InvalidArgumentError(
          absl::StrCat("tensor \"", entry.name, "\" has the unknown field \"", std::string(field), "\""));
    }
    ASSIGN_OR_RETURN(entry.dtype, ReadString(/*allow_escapes=*/false));
    return absl::OkStatus();
  }

  template <typename Member>
  absl::Status ReadObject(const Member& member) {
    RETURN_IF_ERROR(Take('{'));
    if (TakeIf('}')) return absl::OkStatus();
    do {
      ASSIGN_OR_RETURN(std::string_view key, ReadString(/*allow_escapes=*/false));
      RETURN_IF_ERROR(Take(':'));
      RETURN_IF_ERROR(member(key));
    } while (TakeIf(','));
    return Take('}');
  }

  absl::Status ReadIntegers(std::vector<int64_t>& values) {
    values.clear();
    RETURN_IF_ERROR(Take('['));
    if (TakeIf(']')) return absl::OkStatus();
    do {
      ASSIGN_OR_RETURN(int64_t value, ReadInteger());
      values.push_back(value);
    } while (TakeIf(','));
    return Take(']');
  }

  absl::StatusOr<int64_t> ReadInteger() {
    SkipSpace();
    int64_t value = 0;
    const char* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error != std::errc() || value < 0) return Expected("an integer of 0 to 2^63 - 1");
    at_ += static_cast<size_t>(end - begin);
    return value;
  }

  // The characters between the quotes, escapes not decoded.
  absl::StatusOr<std::string_view> ReadString(bool allow_escapes) {
    RETURN_IF_ERROR(Take('"'));
    const size_t begin = at_;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') return text_.substr(begin, at_++ - begin);
      if (static_cast<unsigned char>(c) < 0x20) return Expected("no control character in a string");
      if (c == '\\' && !allow_escapes) return Expected("a name without escapes");
      if (c == '\\') ++at_;
    }
    at_ = text_.size();
    return Expected("the end of a string");
  }

  absl::Status Take(char expected) {
    if (TakeIf(expected)) return absl::OkStatus();
    const char quoted[] = {'\'', expected, '\'', '\0'};
    return Expected(quoted);
  }

  bool TakeIf(char expected) {
    SkipSpace();
    if (at_ >= text_.size() || text_[at_] != expected) return false;
    ++at_;
    return true;
  }

  void SkipSpace() {
    const size_t next = text_.find_first_not_of(" \t\r\n", at_);
    at_ = next == std::string_view::npos ? text_.size() : next;
  }

  absl::Status Expected(const char* what) const {
    return absl::InvalidArgumentError(
        absl::StrCat("header is not JSON of a safetensors file: byte ", at_, ": expected ", what));
  }

  static absl::Status Lacks(std::string_view tensor, const char* field) {
    return absl::InvalidArgumentError(absl::StrCat("tensor \"", std::string(tensor), "\" lacks ", field));
  }

  std::string_view text_;
  size_t at_ = 0;
};

template <typename... Parts>
absl::Status BadTensor(const Entry& entry, const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat("tensor \"", entry.name, "\": ", parts...));
}

absl::Status CheckByteCount(const Entry& entry, size_t element_size) {
  int64_t expected = static_cast<int64_t>(element_size);
  bool overflow = false;
  for (int64_t dimension : entry.shape) overflow |= __builtin_mul_overflow(expected, dimension, &expected);
  const std::string shape = absl::StrCat("shape [", absl::StrJoin(entry.shape, ","), "]");
  if (overflow) return BadTensor(entry, shape, " overflows 64 bits");
  const int64_t stored = entry.data_offsets[1] - entry.data_offsets[0];
  if (stored == expected) return absl::OkStatus();
  return BadTensor(entry, shape, " of ", std::string(entry.dtype), " takes ", expected,
                   " bytes, data_offsets hold ", stored);
}

absl::StatusOr<TensorView> View(const Entry& entry, std::span<const std::byte> data) {
  const DtypeInfo* dtype = FindDtype(entry.dtype);
  if (dtype == nullptr) return BadTensor(entry, "unknown dtype \"", std::string(entry.dtype), "\"");
  if (entry.data_offsets.size() != 2) {
    return BadTensor(entry, "data_offsets has ", entry.data_offsets.size(), " numbers, expected 2");
  }
  const int64_t begin = entry.data_offsets[0];
  const int64_t end = entry.data_offsets[1];
  if (begin > end || std::cmp_greater(end, data.size())) {
    return BadTensor(entry, "data_offsets [", begin, ",", end, "] leave the data of ", data.size(), " bytes");
  }
  RETURN_IF_ERROR(CheckByteCount(entry, dtype->size));
  return TensorView{dtype->type, entry.shape,
                    data.subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin))};
}

// Sorted by offset, every range must begin where the one before ended.
absl::Status CheckCover(std::vector<Entry>& entries, size_t data_size) {
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.data_offsets < b.data_offsets; });
  int64_t covered = 0;
  for (const Entry& entry : entries) {
    const int64_t begin = entry.data_offsets[0];
    if (begin < covered) return BadTensor(entry, "overlaps another tensor at data byte ", begin);
    if (begin > covered)
      return BadTensor(entry, "begins at data byte ", begin, ", bytes from ", covered, " belong to none");
    covered = entry.data_offsets[1];
  }
  if (std::cmp_equal(covered, data_size)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("tensors end at data byte ", covered, ", the file has ", data_size));
}

absl::StatusOr<size_t> HeaderLength(std::span<const std::byte> file) {
  if (file.size() < kLengthBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("file of ", file.size(), " bytes, expected at least 8 for the header's length"));
  }
  uint64_t length = 0;
  for (size_t i = 0; i < kLengthBytes; ++i) length |= static_cast<uint64_t>(file[i]) << (8 * i);
  const uint64_t room = std::min<uint64_t>(file.size() - kLengthBytes, kMaxHeaderBytes);
  if (length <= room) return static_cast<size_t>(length);
  return absl::InvalidArgumentError(absl::StrCat("header of ", length, " bytes, expected at most ", room));
}

}  // namespace

absl::StatusOr<TensorMap> ParseSafetensors(std::span<const std::byte> file) {
  ASSIGN_OR_RETURN(const size_t length, HeaderLength(file));
  const std::string_view header(reinterpret_cast<const char*>(file.data()) + kLengthBytes, length);
  RETURN_IF_ERROR(CheckUtf8(header));  // names stand in messages
  ASSIGN_OR_RETURN(std::vector<Entry> entries, HeaderReader(header).Read());
  const std::span<const std::byte> data = file.subspan(kLengthBytes + length);
  TensorMap tensors;
  for (const Entry& entry : entries) {
    ASSIGN_OR_RETURN(TensorView view, View(entry, data));
    if (!tensors.emplace(entry.name, std::move(view)).second) return BadTensor(entry, "named twice");
  }
  RETURN_IF_ERROR(CheckCover(entries, data.size()));
  return tensors;
}

}  // namespace voisin::encoder
