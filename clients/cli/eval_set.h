#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

// Evaluation sets in the form that BEIR made common (Thakur et al. 2021): docs/formats.md has the grammar.
namespace voisin::cli {

// Texts with distinct ids, in the order of their file.
struct EvalTexts {
  std::vector<std::string> ids;
  std::vector<std::string> texts;

  size_t size() const { return ids.size(); }
};

// What an assessor said about a document: relevant when above 0, more so when greater.
struct Judgment {
  size_t document = 0;  // position among the documents
  int grade = 0;
};

struct RetrievalSet {
  EvalTexts documents;                           // title and text, a space between them
  EvalTexts queries;                             // those with a relevant document; there is at least one
  std::vector<std::vector<Judgment>> judgments;  // of each query, no document twice
};

// Pairs of sentences and how alike people found them; greater is more alike.
struct SimilaritySet {
  std::vector<std::string> first;
  std::vector<std::string> second;
  std::vector<double> gold;

  size_t size() const { return gold.size(); }
};

// One directory: at least one of the two.
struct EvalSet {
  std::string name;  // of the directory
  std::optional<RetrievalSet> retrieval;
  std::optional<SimilaritySet> similarity;
};

// NotFound: a file or the directory is missing. InvalidArgument: names file, line, what was expected and what came.
absl::StatusOr<EvalSet> ReadEvalSet(const std::filesystem::path& directory);

// The files by themselves; errors name the line ("line 3: ...").
absl::StatusOr<EvalTexts> ReadEvalTexts(std::istream& in);
// Judgments of each of `queries`, some without any.
absl::StatusOr<std::vector<std::vector<Judgment>>> ReadJudgments(std::istream& in, const EvalTexts& documents,
                                                                 const EvalTexts& queries);
absl::StatusOr<SimilaritySet> ReadSimilaritySet(std::istream& in);

}  // namespace voisin::cli
