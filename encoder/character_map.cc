#include "encoder/character_map.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "encoder/graphemes.h"

namespace voisin::encoder {
namespace {

constexpr size_t kLongestCluster = 5;  // bytes looked up as a whole
constexpr size_t kMaxKeyBytes = 256;

// One unit of darts-clone's double array.
struct Unit {
  uint32_t bits;
  bool has_leaf() const { return ((bits >> 8) & 1) != 0; }
  uint32_t value() const { return bits & 0x7fffffffu; }
  uint32_t label() const { return bits & 0x800000ffu; }
  uint32_t offset() const { return (bits >> 10) << ((bits & 0x200u) >> 6); }
};

}  // namespace

// Walks the whole double array once and collects its keys.
class CharacterMapReader {
 public:
  explicit CharacterMapReader(std::string_view bytes) : bytes_(bytes) {}

  absl::StatusOr<std::shared_ptr<const CharacterMap>> Read() {
    RETURN_IF_ERROR(ReadLengths());
    if (!units_.empty()) {
      std::string key;
      RETURN_IF_ERROR(Walk(units_[0].offset(), key));
    }
    map_->keys_ = PieceTrie::Build(std::move(keys_));
    return map_;
  }

 private:
  absl::Status ReadLengths() {
    uint32_t trie_bytes = 0;
    if (bytes_.size() < sizeof(trie_bytes)) return Error("has no length");
    std::memcpy(&trie_bytes, bytes_.data(), sizeof(trie_bytes));
    bytes_.remove_prefix(sizeof(trie_bytes));
    if (trie_bytes > bytes_.size() || trie_bytes % sizeof(Unit) != 0) {
      return Error(absl::StrCat("says that its trie has ", trie_bytes, " bytes, ", bytes_.size(), " follow"));
    }
    units_.resize(trie_bytes / sizeof(Unit));
    if (!units_.empty()) std::memcpy(units_.data(), bytes_.data(), trie_bytes);
    seen_.resize(units_.size());
    bytes_.remove_prefix(trie_bytes);
    return absl::OkStatus();
  }

  // Below the node whose children stand at `base` XOR their label.
  absl::Status Walk(uint32_t base, std::string& key) {
    if (key.size() > kMaxKeyBytes) return Error(absl::StrCat("has a key of over ", kMaxKeyBytes, " bytes"));
    for (uint32_t label = 1; label < 256; ++label) {
      const uint32_t child = base ^ label;
      if (child >= units_.size() || units_[child].label() != label) continue;
      if (seen_[child]) return Error(absl::StrCat("has two ways to unit ", child, " of its trie"));
      seen_[child] = true;
      key.push_back(static_cast<char>(label));
      const uint32_t below = child ^ units_[child].offset();
      if (units_[child].has_leaf()) RETURN_IF_ERROR(AddKey(below, key));
      RETURN_IF_ERROR(Walk(below, key));
      key.pop_back();
    }
    return absl::OkStatus();
  }

  absl::Status AddKey(uint32_t unit, const std::string& key) {
    if (unit >= units_.size()) return Error(absl::StrCat("names unit ", unit, " of ", units_.size()));
    const uint32_t begin = units_[unit].value();
    if (begin >= bytes_.size()) {
      return Error(absl::StrCat("has a replacement at byte ", begin, " of ", bytes_.size()));
    }
    const std::string_view replacement = bytes_.substr(begin, bytes_.find('\0', begin) - begin);
    if (!CheckUtf8(replacement).ok()) {
      return Error(absl::StrCat("has a replacement at byte ", begin, " that is not UTF-8"));
    }
    keys_.push_back({key, static_cast<int32_t>(keys_.size())});
    map_->replacements_.emplace_back(replacement);
    return absl::OkStatus();
  }

  static absl::Status Error(std::string problem) {
    return absl::InvalidArgumentError("character map " + problem);
  }

  std::string_view bytes_;  // what is left: after the lengths, the replacements
  std::vector<Unit> units_;
  std::vector<bool> seen_;
  std::vector<PieceTrie::Key> keys_;
  std::shared_ptr<CharacterMap> map_ = std::make_shared<CharacterMap>();
};

absl::StatusOr<std::shared_ptr<const CharacterMap>> CharacterMap::Parse(std::string_view bytes) {
  return CharacterMapReader(bytes).Read();
}

// The replacement of the shortest key that `text` begins with; null when it begins with none.
const std::string* CharacterMap::Find(std::string_view text) const {
  uint32_t node = PieceTrie::kRoot;
  for (const char c : text) {
    node = keys_.Next(node, static_cast<unsigned char>(c));
    if (node == PieceTrie::kNone) return nullptr;
    if (keys_.id(node) >= 0) return &replacements_[static_cast<size_t>(keys_.id(node))];
  }
  return nullptr;
}

void CharacterMap::AppendCluster(const NormalizedText& in, size_t begin, size_t end,
                                 NormalizedText& out) const {
  const std::string_view text = in.text;
  if (end - begin <= kLongestCluster) {
    const std::string* whole = Find(text.substr(begin, end - begin));
    if (whole != nullptr) return out.Append(*whole, in.SourceOf(begin, end));
  }
  for (size_t at = begin; at < end;) {
    const size_t next = at + Utf8Length(text[at]);
    const std::string* one = Find(text.substr(at, next - at));
    if (one != nullptr) {
      out.Append(*one, in.SourceOf(at, next));
    } else {
      out.AppendRange(in, at, next);
    }
    at = next;
  }
}

NormalizedText CharacterMap::Apply(const NormalizedText& in) const {
  NormalizedText out;
  out.Reserve(in.text.size());
  for (size_t at = 0; at < in.text.size();) {
    const size_t end = GraphemeEnd(in.text, at);
    AppendCluster(in, at, end, out);
    at = end;
  }
  return out;
}

}  // namespace voisin::encoder
