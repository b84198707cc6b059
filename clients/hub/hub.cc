#include "clients/hub/hub.h"

#include <charconv>
#include <optional>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "clients/hub/part_file.h"

namespace voisin::hub {
namespace {

constexpr size_t kMostListingBytes = 16 << 20;  // of one page
constexpr int kMostPages = 100;
constexpr uint64_t kProgressBytes = 1 << 20;  // what counts as progress between two failures

std::optional<uint64_t> ParseNumber(std::string_view text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Retry-After in seconds (RFC 9110, 10.2.3); its other form, a date, is not understood.
absl::Status WithRetryAfter(absl::Status status, const HttpResponse& response) {
  const std::optional<uint64_t> seconds = ParseNumber(response.Header("retry-after"));
  return seconds ? WithPause(std::move(status), absl::Seconds(*seconds)) : status;
}

absl::Status StatusOf(const HttpResponse& response, const std::string& url) {
  const std::string answered = absl::StrCat(url, ": the hub answered ", response.status);
  switch (response.status) {
    case 200:
    case 206:
      return absl::OkStatus();
    case 401:
    case 403:
      return absl::PermissionDeniedError(
          answered +
          ": there is no such model, or it is not public: VOISIN_HUB_TOKEN is the place for a token");
    case 404:
      return absl::NotFoundError(answered + ": no such model, revision or file");
    case 416:
      return absl::UnavailableError(answered);
    case 408:
    case 429:
      return WithRetryAfter(absl::ResourceExhaustedError(answered), response);
    default:
      if (response.status >= 500) return WithRetryAfter(absl::UnavailableError(answered), response);
      return absl::FailedPreconditionError(answered);
  }
}

// The URL of `Link: <URL>; rel="next"` (RFC 8288); empty when there is none.
std::string NextPage(const HttpResponse& response) {
  const std::string link = response.Header("link");
  const size_t end = link.find('>');
  const bool next = link.starts_with("<") && end != std::string::npos &&
                    link.find("rel=\"next\"", end) != std::string::npos;
  return next ? link.substr(1, end - 1) : "";
}

// An ETag that a range may be asked by: If-Range takes no weak one (RFC 9110, 13.1.5).
std::string StrongEtag(const HttpResponse& response) {
  const std::string etag = response.Header("etag");
  return etag.starts_with("\"") ? etag : "";
}

// Whether the answer continues at `offset`: "bytes 100-199/200".
bool ContinuesAt(const HttpResponse& response, uint64_t offset) {
  return response.status == 206 &&
         response.Header("content-range").starts_with(absl::StrCat("bytes ", offset, "-"));
}

std::string EncodePath(std::string_view path) {
  std::string encoded;
  while (true) {
    const size_t slash = path.find('/');
    encoded += PercentEncode(path.substr(0, slash));
    if (slash == std::string_view::npos) return encoded;
    encoded += '/';
    path.remove_prefix(slash + 1);
  }
}

absl::Status Verify(const HubFile& file, const PartFile& part) {
  ASSIGN_OR_RETURN(const Digest found, DigestOfFile(part.path(), file.digest.kind));
  if (found == file.digest) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(file.path, ": the hub lists ", ToString(file.digest),
                                          ", what it sent has ", ToString(found)));
}

}  // namespace

Hub::Hub(HubOptions options) : options_(std::move(options)), http_(options_.http) {}

// --- listing ---

absl::StatusOr<std::vector<HubFile>> Hub::List(const ModelId& id) {
  const std::string first = absl::StrCat(options_.url, "/api/models/", id.repository(), "/tree/",
                                         PercentEncode(id.revision), "?recursive=true");
  std::vector<HubFile> files;
  std::string url = first;
  for (int page = 0; !url.empty(); ++page) {
    if (page == kMostPages) return absl::FailedPreconditionError(first + " has more than 100 pages");
    if (!url.starts_with(options_.url + "/")) {
      return absl::FailedPreconditionError(absl::StrCat(first, " goes on at another place, ", url));
    }
    std::string next;
    ASSIGN_OR_RETURN(const std::string json, GetText(url, next));
    ASSIGN_OR_RETURN(std::vector<HubFile> found, ParseListing(json, url));
    files.insert(files.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
    url = std::move(next);
  }
  return files;
}

absl::StatusOr<std::string> Hub::GetText(const std::string& url, std::string& next) {
  Retry retry(options_.retry);
  while (true) {
    absl::StatusOr<std::string> text = GetTextOnce(url, next);
    if (text.ok()) return text;
    RETURN_IF_ERROR(retry.After(text.status()));
  }
}

absl::StatusOr<std::string> Hub::GetTextOnce(const std::string& url, std::string& next) {
  std::string text;
  ASSIGN_OR_RETURN(const HttpResponse response,
                   http_.Get(url, {}, [&](const HttpResponse&, std::string_view piece) {
                     text += piece;
                     return text.size() <= kMostListingBytes
                                ? absl::OkStatus()
                                : absl::FailedPreconditionError(url + " is longer than 16 MiB");
                   }));
  RETURN_IF_ERROR(StatusOf(response, url));
  next = NextPage(response);
  return text;
}

// --- files ---

absl::Status Hub::Fetch(const ModelId& id, const HubFile& file, const std::filesystem::path& target,
                        const Progress& progress) {
  const std::string url = absl::StrCat(options_.url, "/", id.repository(), "/resolve/",
                                       PercentEncode(id.revision), "/", EncodePath(file.path));
  ASSIGN_OR_RETURN(PartFile part, PartFile::Open(target, file.digest));
  if (part.size() > file.size) RETURN_IF_ERROR(part.Restart(""));
  const bool resumed = part.size() > 0;
  RETURN_IF_ERROR(Download(url, file, part, progress));
  absl::Status verified = Verify(file, part);
  if (absl::IsDataLoss(verified) && resumed) {  // the fault may be in what was here before
    RETURN_IF_ERROR(part.Restart(""));
    RETURN_IF_ERROR(Download(url, file, part, progress));
    verified = Verify(file, part);
  }
  if (verified.ok()) return part.Finish();
  RETURN_IF_ERROR(part.Restart(""));
  return verified;
}

absl::Status Hub::Download(const std::string& url, const HubFile& file, PartFile& part,
                           const Progress& progress) {
  Retry retry(options_.retry);
  while (part.size() < file.size) {
    const uint64_t before = part.size();
    const absl::Status status = DownloadOnce(url, file, part, progress);
    if (status.ok()) break;
    if (part.size() >= before + kProgressBytes) retry.Progressed();
    RETURN_IF_ERROR(retry.After(status));
  }
  return absl::OkStatus();
}

absl::Status Hub::DownloadOnce(const std::string& url, const HubFile& file, PartFile& part,
                               const Progress& progress) {
  HttpHeaders headers;
  const bool continues = part.size() > 0 && !part.etag().empty();
  if (continues) headers = {{"Range", absl::StrCat("bytes=", part.size(), "-")}, {"If-Range", part.etag()}};
  bool begun = false;
  const auto take = [&](const HttpResponse& response, std::string_view piece) -> absl::Status {
    if (!begun && !(continues && ContinuesAt(response, part.size()))) {
      if (response.status == 206)
        return absl::UnavailableError(url + ": the hub answered with another range");
      RETURN_IF_ERROR(part.Restart(StrongEtag(response)));
    }
    begun = true;
    if (piece.size() > file.size - part.size()) {
      return absl::DataLossError(
          absl::StrCat(file.path, ": the hub lists ", file.size, " bytes and sends more"));
    }
    RETURN_IF_ERROR(part.Append(piece));
    progress(part.size());
    return absl::OkStatus();
  };
  ASSIGN_OR_RETURN(const HttpResponse response, http_.Get(url, headers, take));
  if (response.status == 416) RETURN_IF_ERROR(part.Restart(""));
  RETURN_IF_ERROR(StatusOf(response, url));
  if (part.size() == file.size) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat(file.path, ": the hub lists ", file.size, " bytes and sent ", part.size()));
}

}  // namespace voisin::hub
