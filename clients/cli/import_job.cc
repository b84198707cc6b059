#include "clients/cli/import_job.h"

#include <utility>

#include "base/status_macros.h"
#include "clients/cli/proto_json.h"
#include "clients/cli/status.h"
#include "clients/cli/upsert_pipeline.h"
#include "clients/cli/utf8.h"

namespace voisin::cli {
namespace {

constexpr size_t kBatchBytes = 4 << 20;

class ImportJob {
 public:
  ImportJob(ImportSource& source, client::Client& client, const ImportJobOptions& options, Progress& progress,
            ImportSummary& summary)
      : source_(source),
        options_(options),
        progress_(progress),
        summary_(summary),
        pipeline_(client, options.parallel) {}

  absl::Status Run() {
    const absl::Time start = absl::Now();
    absl::Status status = SendAll();
    const absl::Status ended = pipeline_.WaitForAll();
    status.Update(ended);
    if (absl::Status noted = NoteRefusals(); status.ok()) status = noted;
    CountSent();
    summary_.elapsed = absl::Now() - start;
    progress_.Finish();
    return status;
  }

 private:
  absl::Status SendAll() {
    while (auto next = source_.Next()) {
      if (next->ok()) {
        RETURN_IF_ERROR(Add(**std::move(next)));
      } else {
        RETURN_IF_ERROR(Bad(MessageOf(next->status())));
      }
      RETURN_IF_ERROR(NoteRefusals());
    }
    return Flush();
  }

  absl::Status Add(ImportDocument document) {
    // Requests in flight may overtake each other, so an id that is still on its way must arrive first.
    if (ids_.contains(document.id)) RETURN_IF_ERROR(Flush());
    if (pipeline_.Holds(document.id)) RETURN_IF_ERROR(pipeline_.WaitForAll());
    ids_.insert(document.id);
    batch_.origins.push_back(std::move(document.where));
    *batch_.request.add_documents() = ToMessage(std::move(document));
    bytes_ += batch_.request.documents().rbegin()->ByteSizeLong();
    const bool full = batch_.origins.size() >= options_.batch || bytes_ >= kBatchBytes;
    return full ? Flush() : absl::OkStatus();
  }

  absl::Status Flush() {
    if (batch_.origins.empty()) return absl::OkStatus();
    batch_.request.set_collection(options_.collection);
    batch_.request.set_truncation(options_.truncation);
    ids_.clear();
    bytes_ = 0;
    RETURN_IF_ERROR(pipeline_.Add(std::exchange(batch_, {})));
    CountSent();
    ShowProgress();
    return absl::OkStatus();
  }

  void CountSent() {
    summary_.documents = pipeline_.counts().documents;
    summary_.truncated = pipeline_.counts().truncated;
  }

  void ShowProgress() {
    if (source_.total() > 0) {
      progress_.Update(summary_.documents, source_.position(), source_.total());
    } else {
      progress_.Update(summary_.documents, summary_.documents, options_.expected);
    }
  }

  absl::Status Bad(std::string_view what) {
    ++summary_.bad;
    progress_.Note("voisin: " + Printable(what));
    if (!options_.strict) return absl::OkStatus();
    return UsageError("stopped at the first bad record (--strict)");
  }

  absl::Status NoteRefusals() {
    for (const UpsertPipeline::Refusal& refusal : pipeline_.TakeRefusals()) {
      RETURN_IF_ERROR(Bad(refusal.origin + ": " + std::string(MessageOf(refusal.status))));
    }
    return absl::OkStatus();
  }

  ImportSource& source_;
  const ImportJobOptions& options_;
  Progress& progress_;
  ImportSummary& summary_;
  UpsertPipeline pipeline_;
  UpsertBatch batch_;                    // being filled
  std::unordered_set<std::string> ids_;  // in it
  size_t bytes_ = 0;                     // of it
};

}  // namespace

absl::Status RunImport(ImportSource& source, client::Client& client, const ImportJobOptions& options,
                       Progress& progress, ImportSummary& summary) {
  return ImportJob(source, client, options, progress, summary).Run();
}

}  // namespace voisin::cli
