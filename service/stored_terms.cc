#include "service/stored_terms.h"

#include "base/status_macros.h"
#include "service/text_terms.h"

namespace voisin::service {
namespace {

constexpr size_t kDocumentsPerPage = 1024;
constexpr storage::ReadMask kOnlyText{.text = true, .metadata = false};

}  // namespace

absl::Status WriteStoredTerms(storage::DocumentStore& store, storage::CollectionNumber number,
                              const encoder::SharedAnalyzer& analyzer, const std::function<bool()>& stop) {
  std::string after;
  do {
    if (stop()) return absl::CancelledError("recovery was stopped");
    ASSIGN_OR_RETURN(storage::ListPage page,
                     store.List(number, storage::Filter(), after, kDocumentsPerPage, kOnlyText));
    std::vector<storage::PointTerms> terms;
    for (const storage::StoredDocument& stored : page.documents) {
      terms.push_back({stored.point, TermsOf(stored.document.text, analyzer)});
    }
    RETURN_IF_ERROR(store.PutTerms(number, terms));
    after = std::move(page.next_after);
  } while (!after.empty());
  return absl::OkStatus();
}

}  // namespace voisin::service
