#pragma once

#include <string>
#include <vector>

#include "clients/cpp/client.h"

namespace voisin::cli {

// Searches without text and metadata in the answer: the lines of `file`, or, when it is empty, the vectors of `count`
// documents of the collection.
absl::StatusOr<std::vector<v1::SearchRequest>> MakeBenchQueries(client::Client& client,
                                                                const std::string& collection,
                                                                const std::string& file, size_t count,
                                                                uint32_t top_k);

// Mean share of the exact answer that the plain answer has, by score: a hit counts when its score reaches that of the
// last exact hit less 1e-6, so equal scores do not count as misses. Over at most `samples` queries, spread evenly.
absl::StatusOr<double> MeasureRecall(client::Client& client, const std::vector<v1::SearchRequest>& queries,
                                     size_t samples);

// Lines of a text file, empty ones left out.
absl::StatusOr<std::vector<std::string>> ReadNonEmptyLines(const std::string& path);

}  // namespace voisin::cli
