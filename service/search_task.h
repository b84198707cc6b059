#pragma once

#include <optional>

#include "service/retrieval.h"
#include "service/runtime.h"
#include "service/search_page.h"

namespace voisin::service {

// One search of a collection, from the query's vector and words to hits with their documents. For one thread.
//
// The indexes may name points that no longer live by the time their documents are read: replaced or deleted
// just now, or expired and not yet swept. Such candidates are dropped. While the request's selection (page,
// groups, diverse choice) has not enough, the search asks for more candidates, after drops only among the
// points that the store says live.
class SearchTask {
 public:
  // What is searched; outlives the task.
  struct Target {
    const storage::DocumentStore& store;
    storage::CollectionNumber number = 0;
    std::string collection;  // for messages
    Indexes indexes;
    uint32_t dimensions = 0;
    storage::Lsn lsn = 0;  // the last that the indexes show
  };

  // `request` is checked (CheckSearch); it, `context` and `filter` outlive the task.
  SearchTask(Target target, const SearchRequest& request, const CallContext& context,
             const storage::Filter& filter);

  // Without a vector where the request names a document. Stages: search, lexical and fetch.
  absl::StatusOr<SearchResult> Run(RetrievalQuery query);

 private:
  absl::StatusOr<std::unique_ptr<Selection>> MakeSelection();
  absl::Status LoadQueryDocument(std::vector<float>& vector);
  absl::Status Collect(Selection& selection);
  bool IsPaged() const;
  bool Exhausted() const;
  uint32_t MaxCandidates() const;
  absl::Status SearchIndex();
  absl::Status OfferLiving(Selection& selection);
  absl::Status Offer(std::span<const index::Neighbor> some, Selection& selection);
  absl::Status ReadHits(storage::ReadMask have);
  absl::Status AllowOnlyLiving();
  absl::Status Explain();
  uint32_t Ef() const;
  size_t Eligible() const;
  bool AllOffered() const { return offered_ + skipped_ >= Eligible(); }
  std::string NextPageToken() const;

  const Target target_;
  const SearchRequest& request_;
  const CallContext& context_;
  const storage::Filter& filter_;
  SearchMode mode_ = SearchMode::dense;
  std::optional<Retrieval> retrieval_;
  std::optional<SearchPosition> after_;
  std::optional<storage::PointId> excluded_;  // the query document itself
  std::optional<index::PointSet> allowed_;    // none: every point
  std::vector<storage::FilterLeaf> leaves_;   // of the filter
  uint32_t candidates_ = 0;                   // asked for
  Retrieval::Found found_;
  // Of found_:
  size_t dropped_ = 0;     // no longer alive
  size_t skipped_ = 0;     // not wanted by the selection
  size_t offered_ = 0;     // told to the selection
  bool complete_ = false;  // the selection has enough
  SearchResult result_;
};

// What top_k 0 means.
inline constexpr uint32_t kDefaultTopK = 10;

// All that can be said of a request without looking at documents.
absl::Status CheckSearch(const SearchRequest& request, uint32_t dimensions, index::Metric metric,
                         const Limits& limits);

}  // namespace voisin::service
