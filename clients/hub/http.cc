#include "clients/hub/http.h"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace voisin::hub {
namespace {

constexpr int kMostRedirects = 10;

void* OpenCurl() {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  return ready == CURLE_OK ? curl_easy_init() : nullptr;
}

// Frees a list of header lines at the end of the scope.
class HeaderList {
 public:
  HeaderList() = default;
  ~HeaderList() { curl_slist_free_all(lines_); }
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  void Add(const std::string& line) { lines_ = curl_slist_append(lines_, line.c_str()); }
  curl_slist* get() const { return lines_; }

 private:
  curl_slist* lines_ = nullptr;
};

// Scheme, host and port of a URL, in one text; empty when it is none.
class Url {
 public:
  explicit Url(const std::string& text) : url_(curl_url(), curl_url_cleanup) {
    valid_ = url_ != nullptr && curl_url_set(url_.get(), CURLUPART_URL, text.c_str(), 0) == CURLUE_OK;
  }
  std::string Scheme() const { return Part(CURLUPART_SCHEME); }
  std::string Origin() const {
    return valid_ ? Scheme() + "://" + Part(CURLUPART_HOST) + ":" + Part(CURLUPART_PORT) : "";
  }

 private:
  std::string Part(CURLUPart part) const {
    char* text = nullptr;
    if (!valid_ || curl_url_get(url_.get(), part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return "";
    std::string copy = text;
    curl_free(text);
    std::ranges::transform(copy, copy.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return copy;
  }

  std::unique_ptr<CURLU, void (*)(CURLU*)> url_;
  bool valid_ = false;
};

bool IsRedirect(long status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// What asking again does not mend.
bool IsLasting(CURLcode code) {
  switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
      return true;
    default:
      return false;
  }
}

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

}  // namespace

std::string HttpResponse::Header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

// One request and its answer, while libcurl calls back.
struct HttpClient::Transfer {
  CURL* curl = nullptr;
  const Body* body = nullptr;
  HttpResponse response = {};
  absl::Status refused = {};  // by the body

  static size_t OnHeader(char* data, size_t size, size_t count, void* self) {
    static_cast<Transfer*>(self)->TakeHeader({data, size * count});
    return size * count;
  }
  static size_t OnBody(char* data, size_t size, size_t count, void* self) {
    return static_cast<Transfer*>(self)->TakeBody({data, size * count}) ? size * count : 0;
  }

  void TakeHeader(std::string_view line) {
    if (line.starts_with("HTTP/")) response.headers.clear();  // an answer of 100 came before
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    std::string name(line.substr(0, colon));
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    response.headers[name] = Trimmed(line.substr(colon + 1));
  }
  bool TakeBody(std::string_view piece) {
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &response.status);
    if (response.status != 200 && response.status != 206) return true;
    refused = (*body)(response, piece);
    return refused.ok();
  }
};

HttpClient::HttpClient(HttpOptions options)
    : options_(std::move(options)), curl_(OpenCurl(), [](void* curl) { curl_easy_cleanup(curl); }) {}

HttpClient::~HttpClient() = default;

absl::StatusOr<HttpResponse> HttpClient::Get(const std::string& url, const HttpHeaders& headers,
                                             const Body& body) {
  const Url first(url);
  std::string at = url;
  for (int redirects = 0; redirects <= kMostRedirects; ++redirects) {
    Transfer transfer{.curl = curl_.get(), .body = &body};
    RETURN_IF_ERROR(Perform(at, headers, Url(at).Origin() == first.Origin(), transfer));
    if (!IsRedirect(transfer.response.status)) return std::move(transfer.response);
    const char* next = nullptr;
    curl_easy_getinfo(curl_.get(), CURLINFO_REDIRECT_URL, &next);
    if (next == nullptr) return absl::FailedPreconditionError(at + " redirects nowhere");
    if (first.Scheme() == "https" && Url(next).Scheme() != "https") {
      return absl::FailedPreconditionError(
          absl::StrCat(at, " redirects to ", next, ", which is not encrypted"));
    }
    at = next;
  }
  return absl::FailedPreconditionError(absl::StrCat(url, " redirects more than ", kMostRedirects, " times"));
}

absl::Status HttpClient::Perform(const std::string& url, const HttpHeaders& headers, bool with_token,
                                 Transfer& transfer) {
  CURL* const curl = curl_.get();
  if (curl == nullptr) return absl::InternalError("libcurl does not start");
  HeaderList lines;
  for (const auto& [name, value] : headers) lines.Add(absl::StrCat(name, ": ", value));
  if (with_token && !options_.token.empty()) lines.Add("Authorization: Bearer " + options_.token);
  char why[CURL_ERROR_SIZE] = "";
  curl_easy_reset(curl);  // connections stay open
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, lines.get());
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "voisin");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(options_.connect_timeout)));
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, options_.low_speed_bytes);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME,
                   static_cast<long>(absl::ToInt64Seconds(options_.low_speed_time)));
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, Transfer::OnHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, Transfer::OnBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  const CURLcode code = curl_easy_perform(curl);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, nullptr);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &transfer.response.status);
  if (!transfer.refused.ok()) return transfer.refused;
  if (code == CURLE_OK) return absl::OkStatus();
  const std::string message = absl::StrCat(url, ": ", why[0] == '\0' ? curl_easy_strerror(code) : why);
  return IsLasting(code) ? absl::FailedPreconditionError(message) : absl::UnavailableError(message);
}

std::string PercentEncode(std::string_view text) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool unreserved = byte < 0x80 && (std::isalnum(byte) != 0 ||
                                            std::string_view("-._~").find(c) != std::string_view::npos);
    if (unreserved) {
      encoded += c;
    } else {
      encoded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return encoded;
}

}  // namespace voisin::hub
