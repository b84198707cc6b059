#include "service/search_page.h"

#include <cstring>

#include "absl/strings/escaping.h"
#include "base/files.h"
#include "index/top_k.h"
#include "service/errors.h"

namespace voisin::service {
namespace {

// A token's bytes: lsn, point, seen, score, seal; fixed width, this machine's order.
constexpr size_t kPositionBytes = 2 * sizeof(uint64_t) + sizeof(uint32_t) + sizeof(float);
constexpr size_t kSealBytes = sizeof(uint64_t);

template <typename T>
void AppendBytes(std::string& to, const T& value) {
  const size_t at = to.size();
  to.resize(at + sizeof(T));
  std::memcpy(to.data() + at, &value, sizeof(T));
}

template <typename T>
void TakeBytes(std::string_view& from, T& value) {
  std::memcpy(&value, from.data(), sizeof(T));
  from.remove_prefix(sizeof(T));
}

void AppendText(std::string& to, std::string_view text) {
  AppendBytes(to, uint64_t{text.size()});
  to += text;
}

std::string Encode(const SearchPosition& position) {
  std::string bytes;
  AppendBytes(bytes, position.lsn);
  AppendBytes(bytes, position.point);
  AppendBytes(bytes, position.seen);
  AppendBytes(bytes, position.score);
  return bytes;
}

SearchPosition Decode(std::string_view bytes) {
  SearchPosition position;
  TakeBytes(bytes, position.lsn);
  TakeBytes(bytes, position.point);
  TakeBytes(bytes, position.seen);
  TakeBytes(bytes, position.score);
  return position;
}

// Binds a position to its search.
std::string Seal(storage::CollectionNumber collection, const SearchRequest& request,
                 std::string_view position) {
  std::string bytes = "search token 1";
  AppendBytes(bytes, collection);
  AppendText(bytes, request.text.value_or(""));
  AppendText(bytes, request.document_id.value_or(""));
  for (float value : request.vector.value_or(std::vector<float>())) AppendBytes(bytes, value);
  AppendText(bytes, request.filter);
  AppendBytes(bytes, request.min_score.has_value());
  AppendBytes(bytes, request.min_score.value_or(0));
  AppendBytes(bytes, request.ef);
  AppendBytes(bytes, request.exact);
  AppendText(bytes, position);
  std::string seal;
  AppendBytes(seal, Checksum(bytes));
  return seal;
}

absl::Status CheckDepth(const SearchPosition& position, uint32_t page_size) {
  const uint64_t end = uint64_t{position.seen} + page_size;
  if (end <= kMaxPagedHits) return absl::OkStatus();
  return InvalidField("page_token", "expected pages up to hit " + std::to_string(kMaxPagedHits) +
                                        " (a filter or min_score reaches the others), got one that ends at " +
                                        std::to_string(end));
}

}  // namespace

std::string MakeSearchToken(storage::CollectionNumber collection, const SearchRequest& request,
                            const SearchPosition& position) {
  const std::string bytes = Encode(position);
  return absl::WebSafeBase64Escape(Seal(collection, request, bytes) + bytes);
}

absl::StatusOr<SearchPosition> ReadSearchToken(storage::CollectionNumber collection,
                                               const SearchRequest& request, uint32_t page_size) {
  std::string bytes;
  const bool decoded = absl::WebSafeBase64Unescape(request.page_token, &bytes);
  if (decoded && bytes.size() == kSealBytes + kPositionBytes) {
    const std::string encoded = bytes.substr(kSealBytes);
    if (bytes.substr(0, kSealBytes) == Seal(collection, request, encoded)) {
      const SearchPosition position = Decode(encoded);
      absl::Status depth = CheckDepth(position, page_size);
      if (!depth.ok()) return depth;
      return position;
    }
  }
  return InvalidField(
      "page_token",
      "expected the next_page_token of the same search of the same collection, got another or a "
      "damaged one");
}

SearchPage::SearchPage(uint32_t size, storage::ReadMask mask, const std::optional<SearchPosition>& after)
    : size_(size), mask_(mask), after_(after) {}

uint32_t SearchPage::candidates() const { return size_ + (after_ ? after_->seen : 0); }

bool SearchPage::Wants(const index::Neighbor& candidate) const {
  if (!after_) return true;
  return candidate.id <= after_->lsn && index::Better({after_->point, after_->score}, candidate);
}

bool SearchPage::Offer(Hit hit) {
  hits_.push_back(std::move(hit));
  return hits_.size() < size_;
}

}  // namespace voisin::service
