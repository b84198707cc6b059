#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "clients/hub/http.h"
#include "clients/hub/listing.h"
#include "clients/hub/model_id.h"
#include "clients/hub/retry.h"

namespace voisin::hub {

struct HubOptions {
  std::string url = "https://huggingface.co";
  HttpOptions http;
  RetryOptions retry;
};

// A hub with the URL layout of Hugging Face's. What passes (broken and stalled connections, 429, 5xx) is tried again; what
// lasts is an error that says what the hub answered: NotFound (404), PermissionDenied (401, 403), FailedPrecondition (all
// else), DataLoss (bytes that are not what the hub lists), Unavailable (nothing came of all attempts). For one thread.
class Hub {
 public:
  explicit Hub(HubOptions options);

  // All files of a model's revision.
  absl::StatusOr<std::vector<HubFile>> List(const ModelId& id);

  // Bytes of the file that are there.
  using Progress = std::function<void(uint64_t bytes)>;
  // Makes `target` the file, verified; goes on with what an earlier call left beside it (PartFile).
  absl::Status Fetch(const ModelId& id, const HubFile& file, const std::filesystem::path& target,
                     const Progress& progress);

 private:
  absl::StatusOr<std::string> GetText(const std::string& url, std::string& next);
  absl::StatusOr<std::string> GetTextOnce(const std::string& url, std::string& next);
  absl::Status Download(const std::string& url, const HubFile& file, class PartFile& part,
                        const Progress& progress);
  absl::Status DownloadOnce(const std::string& url, const HubFile& file, class PartFile& part,
                            const Progress& progress);

  const HubOptions options_;
  HttpClient http_;
};

}  // namespace voisin::hub
