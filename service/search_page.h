#pragma once

#include "service/selection.h"

namespace voisin::service {

// Where a page of ranked results ended.
struct SearchPosition {
  storage::Lsn lsn = 0;        // of the first page: later pages show no document written after it
  uint32_t seen = 0;           // hits of all pages so far
  float score = 0;             // of the last hit
  storage::PointId point = 0;  // the last hit
};

// One page: the first `size` candidates, or those that rank after a position. Its hits are kept as they are
// offered.
class SearchPage final : public Selection {
 public:
  SearchPage(uint32_t size, storage::ReadMask mask, const std::optional<SearchPosition>& after);

  uint32_t candidates() const override;
  storage::ReadMask reads() const override { return mask_; }
  bool Wants(const index::Neighbor& candidate) const override;
  void Clear() override { hits_.clear(); }
  bool Offer(Hit hit) override;
  std::vector<Hit> Take() override { return std::move(hits_); }

 private:
  const uint32_t size_;
  const storage::ReadMask mask_;
  const std::optional<SearchPosition> after_;
  std::vector<Hit> hits_;
};

// Results beyond this many are not paged to.
inline constexpr uint32_t kMaxPagedHits = 10'000;

// An opaque string that only fits the collection and the request (query, filter and all that decides the
// ranking) it came from; the size of a page and what comes with a hit may change.
std::string MakeSearchToken(storage::CollectionNumber collection, const SearchRequest& request,
                            const SearchPosition& position);
// The position of request.page_token. InvalidArgument at "page_token" for anything that MakeSearchToken did not
// make of the same collection and request, and when the page would end beyond kMaxPagedHits.
absl::StatusOr<SearchPosition> ReadSearchToken(storage::CollectionNumber collection,
                                               const SearchRequest& request, uint32_t page_size);

}  // namespace voisin::service
