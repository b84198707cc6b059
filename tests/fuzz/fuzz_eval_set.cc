// Any bytes as each file of an evaluation set: an error, or texts with distinct ids, judgments of documents that
// exist, and pairs of one length.
#include <cstdint>
#include <cstdlib>
#include <set>
#include <sstream>

#include "clients/cli/eval_set.h"

namespace {

using voisin::cli::EvalTexts;

const EvalTexts kDocuments{{"1", "d-2", "é"}, {"one", "two", "three"}};
const EvalTexts kQueries{{"1", "q"}, {"one", "other"}};

void CheckTexts(const std::string& bytes) {
  std::istringstream in(bytes);
  const auto texts = voisin::cli::ReadEvalTexts(in);
  if (!texts.ok()) return;
  const std::set<std::string> ids(texts->ids.begin(), texts->ids.end());
  if (texts->size() == 0 || ids.size() != texts->size() || texts->texts.size() != texts->size()) abort();
}

void CheckJudgments(const std::string& bytes) {
  std::istringstream in(bytes);
  const auto judgments = voisin::cli::ReadJudgments(in, kDocuments, kQueries);
  if (!judgments.ok()) return;
  if (judgments->size() != kQueries.size()) abort();
  for (const auto& of_query : *judgments) {
    std::set<size_t> documents;
    for (const auto& judgment : of_query) {
      if (judgment.document >= kDocuments.size() || !documents.insert(judgment.document).second) abort();
    }
  }
}

void CheckPairs(const std::string& bytes) {
  std::istringstream in(bytes);
  const auto pairs = voisin::cli::ReadSimilaritySet(in);
  if (!pairs.ok()) return;
  if (pairs->size() == 0 || pairs->first.size() != pairs->size() || pairs->second.size() != pairs->size())
    abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  CheckTexts(bytes);
  CheckJudgments(bytes);
  CheckPairs(bytes);
  return 0;
}
